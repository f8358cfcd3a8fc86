#pragma once

#include <optional>

#include <espalier/data/labelled_tree.h>
#include <espalier/data/vocabulary.h>
#include <espalier/datasets/line_reader.h>

namespace espalier::apps {

/// Two sentences, how related a model is to say.
struct SentencePair {
  LabelledTree a, b;
};

/// The pair in the next line, {"a": {"words": [...], "heads": [...]}, "b": ...}; nothing after the
/// last line. Heads count words from 1 as CoNLL does, 0 is the root's; without heads each word but
/// the last hangs under the next. Throws ParseError if it is something else or no tree.
std::optional<SentencePair> read_pair(datasets::LineReader& lines, const Vocabulary& vocabulary);

}  // namespace espalier::apps
