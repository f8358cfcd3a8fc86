#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <espalier/datasets/document_limits.h>

namespace espalier::datasets {

struct PlantedDocumentsOptions {
  std::size_t num_train = 2'000;
  std::size_t num_dev = 500;
  std::size_t num_test = 500;
  std::size_t num_classes = 4;    ///< 2 .. 1000.
  std::size_t num_fillers = 50;   ///< Different filler words, > 0.
  std::size_t min_sentences = 6;  ///< >= num_classes.
  std::size_t max_sentences = 14;
  std::size_t min_words = 5;  ///< Of a sentence, >= 2.
  std::size_t max_words = 15;
  std::uint64_t seed = 0;
};

/// Where the one sentence is that says the class of a document.
struct PlantedKey {
  std::uint32_t sentence = 0;
  std::uint32_t marker = 0;  ///< Of that sentence, the index of the marker,
  std::uint32_t word = 0;    ///< and of the key word.
};

struct PlantedDocuments : Dataset<LabelledDocument> {
  Splits<std::vector<PlantedKey>> keys;  ///< Of the documents.
};

/// Documents in which one sentence counts, to see whether attention finds it; after the
/// hierarchical attention networks of Yang et al. (NAACL 2016), which weight words in their
/// sentence and sentences in their document.
///
/// Each class has a key word. A document holds the key word of every class once, each in a sentence
/// of its own, and the word "marker" once, in the sentence with the key word of the document's
/// class. All else, lengths, places and filler words, is drawn without regard to the class. How
/// often each word occurs thus has the same distribution in every class: a bag of words knows
/// nothing, and so does each sentence without the marker. Which words share a sentence decides.
///
/// Document i of a split depends on the options but their numbers of documents, the split and i.
/// Throws OptionError at options out of range.
PlantedDocuments generate_planted_documents(const PlantedDocumentsOptions& options);

}  // namespace espalier::datasets
