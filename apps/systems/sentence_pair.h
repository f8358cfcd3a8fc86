#pragma once

#include <optional>

#include <espalier/data/labelled_tree.h>
#include <espalier/data/vocabulary.h>
#include <espalier/datasets/line_reader.h>
#include <espalier/models/similarity.h>

namespace espalier::apps {

/// Two sentences, how related a model is to say.
struct SentencePair {
  LabelledTree a, b;
};

/// The pair in the next line, {"a": {"words": [...], "heads": [...]}, "b": ...}; nothing after the
/// last line. Heads count words from 1 as CoNLL does, 0 is the root's; a reader of sequences does
/// not look at them, and they may be left out. Throws ParseError if it is something else or no
/// tree.
std::optional<SentencePair> read_pair(datasets::LineReader& lines, const Vocabulary& vocabulary,
                                      models::SentenceReader reader);

}  // namespace espalier::apps
