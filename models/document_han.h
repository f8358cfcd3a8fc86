#pragma once

#include <string>
#include <vector>

#include <espalier/base/options.h>
#include <espalier/layers/attention_pooling.h>
#include <espalier/layers/dropout.h>
#include <espalier/layers/embedding.h>
#include <espalier/layers/linear.h>
#include <espalier/layers/stacked_rnn.h>
#include <espalier/models/document_batch.h>
#include <espalier/models/document_classifier.h>
#include <espalier/ops/random.h>

namespace espalier::models {

/// The defaults are those of Yang et al. 2016.
struct DocumentHANOptions {
  int num_words = 0;         ///< Of the vocabulary, > 0.
  int word_size = 200;       ///< Of a word vector, > 0.
  int hidden_size = 50;      ///< Of each direction of both encoders, > 0.
  int attention_size = 100;  ///< Of both context vectors, > 0.
  int num_classes = 0;       ///< > 1.

  /// On the vectors of words, of sentences and of documents. The paper has none. A word loses the
  /// same elements wherever it stands in a batch.
  float dropout = 0.0f;

  static std::vector<Option> fields(DocumentHANOptions& o) {
    return {option("num_words", o.num_words, "Words of the vocabulary", at_least(1)).given(),
            option("word_size", o.word_size, "Size of a word vector", at_least(1, kMaxSize))
                .command("input-size"),
            option("hidden_size", o.hidden_size, "Hidden size of each direction of both encoders",
                   at_least(1, kMaxSize))
                .command("hidden"),
            option("attention_size", o.attention_size, "Size of both context vectors",
                   at_least(1, kMaxSize)),
            option("num_classes", o.num_classes, "Classes", at_least(2)).given(),
            option("dropout", o.dropout,
                   "Part of the vectors of words, sentences and documents, left out in training",
                   from_to_below(0, 1))};
  }
};

/// What the network makes of a batch. Rows of weights are numbered as the batch's words and
/// sentences: those of a sentence's words, and those of a document's sentences, sum to 1.
struct DocumentHANOutput {
  Variable logits;            ///< [documents, num_classes].
  Variable word_weights;      ///< [words, 1].
  Variable sentence_weights;  ///< [sentences, 1].
};

/// What it predicts, and by which words and sentences; as in DocumentHANOutput.
struct DocumentAttention {
  Tensor probabilities;
  Tensor word_weights;
  Tensor sentence_weights;
};

/// Hierarchical attention network: a document is made of sentences, which are made of words, and
/// at either level the network learns which count.
///
/// Yang, Yang, Dyer, He, Smola and Hovy, "Hierarchical Attention Networks for Document
/// Classification", NAACL 2016. Of the words w_it of sentence i of a document:
///
///     x_it = W_e w_it                                            (1)
///     h_it = [GRU forward over x_i1 .., GRU backward over .. x_i1]  (2-3)
///     s_i  = attention over h_i1 .., with its own context        (5-7)
///     h_i  = [GRU forward over s_1 .., GRU backward over .. s_1]
///     v    = attention over h_1 .., with a context of its own    (8-10)
///     p    = softmax(W_c v + b_c)                                (11)
///
/// The GRU resets after the matrix and is written by z, as the paper prints it. A document without
/// words has v = 0. Departs from the paper in the dropout, which it has not, and in the GRU's
/// second bias, b_hn, inside the reset.
///
/// Parameters: embedding.weight; word_encoder.… and sentence_encoder.…, as StackedRNN names them;
/// word_attention.… and sentence_attention.…; classifier.weight and classifier.bias.
class DocumentHAN final : public DocumentClassifier {
 public:
  using Options = DocumentHANOptions;
  static constexpr const char* kName = "DocumentHAN";
  static constexpr training::Recipe kRecipe = {.learning_rate = 0.001, .l2 = 0.0, .adam = true};

  /// Throws OptionError if an option is out of range.
  DocumentHAN(const DocumentHANOptions& options, Rng& rng);

  /// Throws as logits() does.
  DocumentHANOutput forward(const DocumentBatch& batch, Rng& rng) const;

  Variable logits(const DocumentBatch& batch, Rng& rng) const override {
    return forward(batch, rng).logits;
  }

  /// probabilities(), and the weights that led to them.
  DocumentAttention predict(const DocumentBatch& batch) const;

  const DocumentHANOptions& options() const { return options_; }
  const Embedding& embedding() const { return embedding_; }

 private:
  DocumentHANOptions options_;
  Embedding embedding_;
  StackedRNN word_encoder_;
  AttentionPooling word_attention_;
  StackedRNN sentence_encoder_;
  AttentionPooling sentence_attention_;
  Dropout dropout_;
  Linear classifier_;
};

}  // namespace espalier::models
