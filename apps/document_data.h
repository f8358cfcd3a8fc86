#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/apps/data_options.h>
#include <espalier/data/labelled_document.h>
#include <espalier/data/vocabulary.h>
#include <espalier/datasets/document_limits.h>
#include <espalier/datasets/line_reader.h>

namespace espalier::apps {

/// Throws UsageError if the folder is needed but not known; FileError and ParseError as its loader
/// does.
Dataset<LabelledDocument> load_document_data(const DataOptions& options);

/// A document, and its words as they were written.
struct TextDocument {
  LabelledDocument document;
  std::vector<std::string> tokens;  ///< One for each word.
};

/// The document of the next line, in the format of a data set; nothing after the last line.
/// Throws ParseError if the line has no words.
std::optional<TextDocument> read_document(datasets::LineReader& lines, std::string_view dataset,
                                          const Vocabulary& vocabulary);

}  // namespace espalier::apps
