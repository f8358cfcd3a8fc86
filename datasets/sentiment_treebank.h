#pragma once

#include <filesystem>
#include <vector>

#include <espalier/data/dataset.h>
#include <espalier/data/labelled_tree.h>

namespace espalier::datasets {

/// The two tasks on the Stanford Sentiment Treebank.
enum class SentimentClasses {
  /// Labels 0 very negative, 1 negative, 2 neutral, 3 positive, 4 very positive, as published.
  kFine,
  /// Labels 0 negative, 1 neutral, 2 positive. Sentences with a neutral root are left out; neutral
  /// phrases inside the others stay, so that training has three classes as in the code of Tai et
  /// al.
  /// Whether a sentence is negative or positive is for the model to say from these two scores
  /// alone.
  kBinary,
};

/// The Stanford Sentiment Treebank (Socher et al., "Recursive Deep Models for Semantic
/// Compositionality Over a Sentiment Treebank", EMNLP 2013): train.txt, dev.txt and test.txt of its
/// "PTB" release in `folder`, one tree on each line, and every node labelled.
///
/// The vocabulary, the same for both tasks, is built over all three files, train first, as Tai,
/// Socher and Manning (2015) do: a word that occurs in dev or test alone can thus have a
/// pre-trained vector, though no training. Words keep their case and the treebank's escapes.
///
/// Beware of copies whose train.txt has 9645 trees: their last 1101 are those of dev.txt.
///
/// Throws FileError and ParseError as LineReader does, and ParseError at a file without trees, text
/// that is no tree, a label that is none of 0 .. 4, and a node with one child or more than two.
Dataset<LabelledTree> load_sentiment_treebank(const std::filesystem::path& folder,
                                              SentimentClasses classes = SentimentClasses::kFine);

}  // namespace espalier::datasets
