#pragma once

#include <optional>
#include <string>
#include <vector>

#include <espalier/apps/systems/data_set.h>
#include <espalier/data/dataset.h>
#include <espalier/data/labelled_document.h>
#include <espalier/data/vocabulary.h>
#include <espalier/datasets/line_reader.h>

// The data sets of documents, for all systems that read documents.
namespace espalier::apps {

/// A document, and its words as they were written.
struct TextDocument {
  LabelledDocument document;
  std::vector<std::string> tokens;  ///< One for each word.
};

/// The document of the next line, within datasets::DocumentLimits as those that models are trained
/// on; nothing after the last line. Throws ParseError if the line has no
/// words.
using ReadDocument = std::optional<TextDocument> (*)(datasets::LineReader& lines,
                                                     const Vocabulary& vocabulary);

/// Of words separated by spaces, however many.
std::optional<TextDocument> read_symbols(datasets::LineReader& lines, const Vocabulary& vocabulary);

/// Of words separated by spaces, and sentences by " | ".
std::optional<TextDocument> read_marked_document(datasets::LineReader& lines,
                                                 const Vocabulary& vocabulary);
/// Of running text.
std::optional<TextDocument> read_plain_document(datasets::LineReader& lines,
                                                const Vocabulary& vocabulary);

struct DocumentTraits {
  bool planted = false;  ///< Small and clean: no dropout, larger steps.
  ReadDocument read = read_marked_document;
};

using DocumentSet = DataSet<Dataset<LabelledDocument>, DocumentTraits>;
std::vector<DocumentSet> document_sets();

}  // namespace espalier::apps
