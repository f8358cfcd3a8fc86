#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/data/labelled_document.h>
#include <espalier/models/document_batch.h>
#include <espalier/models/document_classifier.h>

#include "tests/support/threads.h"

namespace espalier::test {

using Sentences = std::vector<std::vector<std::uint32_t>>;

inline LabelledDocument document(const Sentences& sentences, std::int32_t label) {
  LabelledDocument result;
  result.label = label;
  for (const std::vector<std::uint32_t>& words : sentences) {
    result.words.insert(result.words.end(), words.begin(), words.end());
    result.sentence_ends.push_back(static_cast<std::uint32_t>(result.words.size()));
  }
  return result;
}

/// Documents of 0 .. max_length sentences of 0 .. max_length words each, all at random. With more
/// than a few of them there are empty documents, empty sentences, and sentences of one word.
inline std::vector<LabelledDocument> random_documents(std::size_t count, std::uint32_t num_words,
                                                      std::int32_t num_classes,
                                                      std::size_t max_length, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<LabelledDocument> documents;
  for (std::size_t d = 0; d < count; ++d) {
    Sentences sentences(random() % (max_length + 1));
    for (std::vector<std::uint32_t>& words : sentences) {
      words.resize(random() % (max_length + 1));
      for (std::uint32_t& word : words) word = static_cast<std::uint32_t>(random() % num_words);
    }
    const auto label =
        static_cast<std::int32_t>(random() % static_cast<std::uint64_t>(num_classes));
    documents.push_back(document(sentences, label));
  }
  return documents;
}

/// Documents of 1 .. 4 sentences of 1 .. 5 words. Word k < num_classes stands in documents of class
/// k alone, once; all other words are drawn from num_classes .. num_words - 1.
inline std::vector<LabelledDocument> key_word_documents(std::size_t count, std::uint32_t num_words,
                                                        std::uint32_t num_classes,
                                                        std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<LabelledDocument> documents;
  for (std::size_t d = 0; d < count; ++d) {
    Sentences sentences(1 + random() % 4);
    for (std::vector<std::uint32_t>& words : sentences) {
      words.resize(1 + random() % 5);
      for (std::uint32_t& word : words) {
        word = num_classes + static_cast<std::uint32_t>(random() % (num_words - num_classes));
      }
    }
    const auto key = static_cast<std::uint32_t>(random() % num_classes);
    std::vector<std::uint32_t>& chosen = sentences[random() % sentences.size()];
    chosen[random() % chosen.size()] = key;
    documents.push_back(document(sentences, static_cast<std::int32_t>(key)));
  }
  return documents;
}

inline std::vector<const LabelledDocument*> pointers(
    const std::vector<LabelledDocument>& documents) {
  std::vector<const LabelledDocument*> all;
  for (const LabelledDocument& document : documents) all.push_back(&document);
  return all;
}

/// Does the model say the same of every document, bit for bit, alone and among others, and in any
/// order of these?
inline void expect_each_document_by_itself(const models::DocumentClassifier& model,
                                           const std::vector<LabelledDocument>& documents) {
  std::vector<const LabelledDocument*> order = pointers(documents);
  const Tensor together = model.probabilities(models::DocumentBatch(order));
  std::reverse(order.begin(), order.end());
  const Tensor reversed = model.probabilities(models::DocumentBatch(order));
  ASSERT_EQ(together.rows(), documents.size());
  for (std::size_t d = 0; d < documents.size(); ++d) {
    const LabelledDocument* const one = &documents[d];
    const Tensor alone = model.probabilities(models::DocumentBatch(std::span(&one, 1)));
    for (std::size_t c = 0; c < together.cols(); ++c) {
      EXPECT_EQ(together.at(d, c), alone.at(0, c)) << "document " << d;
      EXPECT_EQ(reversed.at(documents.size() - 1 - d, c), alone.at(0, c)) << "document " << d;
    }
  }
}

/// The loss of a model that `make` makes, and the gradients of all its parameters, at some number
/// of threads.
struct LossAndGradients {
  Tensor loss;
  std::vector<Tensor> gradients;  ///< Of a table, the rows that have one.
};

template <class Make>
LossAndGradients loss_and_gradients(int threads, const Make& make,
                                    const models::DocumentBatch& batch) {
  LossAndGradients result;
  with_num_threads(threads, [&] {
    const auto model = make();
    Rng rng(77);
    const Variable loss = model.loss(batch, rng);
    loss.backward();
    result.loss = loss.value().clone();
    for (const NamedParameter& p : model.parameters()) {
      const RowGradient& rows = p.variable.row_gradient();
      const Tensor& gradient = rows.empty() ? p.variable.gradient() : rows.values();
      EXPECT_FALSE(gradient.empty()) << p.name;
      result.gradients.push_back(gradient.clone());
    }
  });
  return result;
}

template <class Make>
void expect_same_bits_at_any_number_of_threads(const Make& make,
                                               const std::vector<LabelledDocument>& documents) {
  const models::DocumentBatch batch(pointers(documents));
  const LossAndGradients expected = loss_and_gradients(1, make, batch);
  for (const int threads : {2, 4}) {
    SCOPED_TRACE(threads);
    const LossAndGradients actual = loss_and_gradients(threads, make, batch);
    EXPECT_TRUE(bitwise_equal(actual.loss, expected.loss));
    ASSERT_EQ(actual.gradients.size(), expected.gradients.size());
    for (std::size_t p = 0; p < actual.gradients.size(); ++p) {
      EXPECT_TRUE(bitwise_equal(actual.gradients[p], expected.gradients[p])) << p;
    }
  }
}

}  // namespace espalier::test
