#pragma once

#include <string>
#include <vector>

#include <espalier/base/options.h>
#include <espalier/layers/embedding.h>
#include <espalier/models/document_batch.h>
#include <espalier/models/document_classifier.h>
#include <espalier/ops/random.h>

namespace espalier::models {

struct BagOfWordsOptions {
  int num_words = 0;    ///< Of the vocabulary, > 0.
  int num_classes = 0;  ///< > 1.

  static std::vector<Option> fields(BagOfWordsOptions& o) {
    return {option("num_words", o.num_words, "Words of the vocabulary", at_least(1)).given(),
            option("num_classes", o.num_classes, "Classes", at_least(2)).given()};
  }
};

/// Logistic regression on the words that occur: the baseline that a model of documents has to beat.
///
/// A document's features are 1 for every word in it, however often, and 0 for the others, scaled to
/// length 1. Occurrence tells the sentiment of a review better than frequency (Pang, Lee and
/// Vaithyanathan, "Thumbs up? Sentiment Classification using Machine Learning Techniques", EMNLP
/// 2002), and length 1 makes a long document weigh as much as a short one. With D the different
/// words of a document:
///
///     logits = b + sum of W_w over w in D / sqrt(|D|)
///
/// Parameters: embedding.weight, W, [num_words, num_classes], of which a step touches the rows of
/// its words alone, and bias, [num_classes]; both 0 at first, as the loss is convex. By its name W
/// is trained as a training::Recipe trains word vectors: with its L2 if `adam` is set, and not at
/// all if `embedding_learning_rate` is 0.
class BagOfWords final : public DocumentClassifier {
 public:
  using Options = BagOfWordsOptions;
  static constexpr const char* kName = "BagOfWords";
  static constexpr training::Recipe kRecipe = {.learning_rate = 0.02, .l2 = 1e-6, .adam = true};

  /// Throws OptionError if an option is out of range.
  explicit BagOfWords(const BagOfWordsOptions& options);

  /// Nothing is drawn from `rng`.
  Variable logits(const DocumentBatch& batch, Rng& rng) const override;

  const BagOfWordsOptions& options() const { return options_; }

 private:
  BagOfWordsOptions options_;
  Embedding words_;
  Variable bias_;
};

}  // namespace espalier::models
