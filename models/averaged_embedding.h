#pragma once

#include <optional>
#include <string>

#include <espalier/layers/dropout.h>
#include <espalier/layers/embedding.h>
#include <espalier/layers/linear.h>
#include <espalier/models/document_batch.h>
#include <espalier/models/document_classifier.h>
#include <espalier/ops/random.h>

namespace espalier::models {

struct AveragedEmbeddingOptions {
  int num_words = 0;     ///< Of the vocabulary, > 0.
  int word_size = 300;   ///< Of a word vector, > 0.
  int hidden_size = 0;   ///< Of the hidden layer; 0: none.
  int num_classes = 0;   ///< > 1.
  float dropout = 0.0f;  ///< On the mean.
};

/// Classifies a document by the mean of its words' vectors, in any order.
///
/// Iyyer, Manjunatha, Boyd-Graber and Daumé, "Deep Unordered Composition Rivals Syntactic Methods
/// for Text Classification", ACL 2015: their NBOW without a hidden layer, their deep averaging
/// network (DAN) of one hidden layer with it. Of the n words of a document, with vectors x_t:
///
///     v      = sum of x_t / n          (0 for a document without words)
///     z      = tanh(W_h v + b_h)       (v itself without a hidden layer)
///     logits = W_c z + b_c
///
/// Departs from the paper in the dropout, which there drops whole words. Parameters:
/// embedding.weight, hidden.weight and hidden.bias if there is such a layer, classifier.weight and
/// classifier.bias.
class AveragedEmbedding final : public DocumentClassifier {
 public:
  using Options = AveragedEmbeddingOptions;
  static constexpr const char* kName = "AveragedEmbedding";
  static constexpr training::Recipe kRecipe = {.learning_rate = 0.002, .l2 = 0.0, .adam = true};

  /// Throws OptionError if an option is out of range.
  AveragedEmbedding(const AveragedEmbeddingOptions& options, Rng& rng);

  Variable logits(const DocumentBatch& batch, Rng& rng) const override;

  const AveragedEmbeddingOptions& options() const { return options_; }
  const Embedding& embedding() const { return embedding_; }

 private:
  AveragedEmbeddingOptions options_;
  Embedding embedding_;
  Dropout dropout_;
  std::optional<Linear> hidden_;
  Linear classifier_;
};

/// Options as a JSON object, and back. Throws ParseError, naming `source` and the entry that is
/// missing or of another kind.
std::string to_json(const AveragedEmbeddingOptions& options);
AveragedEmbeddingOptions averaged_embedding_options_from_json(const std::string& text,
                                                              const std::string& source);

}  // namespace espalier::models
