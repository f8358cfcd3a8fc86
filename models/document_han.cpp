#include <espalier/models/document_han.h>

#include <cstddef>

#include <espalier/base/error.h>
#include <espalier/layers/initialize.h>
#include <espalier/models/recurrent_encoder.h>
#include <espalier/ops/loss.h>
#include <espalier/ops/training_mode.h>

namespace espalier::models {
namespace {

// What the parts would call otherwise is refused by the names that it has here.
StackedRNN make_encoder(std::size_t input_size, int hidden_size, Rng& rng) {
  return make_recurrent_encoder(input_size,
                                {.kind = RecurrentKind::kGRU,
                                 .hidden_size = hidden_size,
                                 .bidirectional = true,
                                 .update = GRUUpdate::kWriteByZ},
                                rng);
}

AttentionPooling make_attention(const StackedRNN& encoder, int attention_size, Rng& rng) {
  return {{.input_size = static_cast<int>(encoder.output_size()), .attention_size = attention_size},
          rng};
}

}  // namespace

DocumentHAN::DocumentHAN(const DocumentHANOptions& options, Rng& rng)
    : DocumentClassifier(options.num_classes),
      options_(checked(options)),
      embedding_(options.num_words, options.word_size, rng),
      word_encoder_(make_encoder(embedding_.table().cols(), options.hidden_size, rng)),
      word_attention_(make_attention(word_encoder_, options.attention_size, rng)),
      sentence_encoder_(make_encoder(word_encoder_.output_size(), options.hidden_size, rng)),
      sentence_attention_(make_attention(sentence_encoder_, options.attention_size, rng)),
      dropout_(options.dropout),
      classifier_({.input_size = static_cast<int>(sentence_encoder_.output_size()),
                   .output_size = options.num_classes},
                  rng) {
  add_module("embedding", embedding_);
  add_module("word_encoder", word_encoder_);
  add_module("word_attention", word_attention_);
  add_module("sentence_encoder", sentence_encoder_);
  add_module("sentence_attention", sentence_attention_);
  add_module("classifier", classifier_);
}

DocumentHANOutput DocumentHAN::forward(const DocumentBatch& batch, Rng& rng) const {
  const Variable x = dropout_.forward(embedding_.forward(batch.distinct_words.values), rng);
  const NodeInputs inputs = NodeInputs::shared(x, batch.distinct_words.places);
  const Variable words = word_encoder_.forward(inputs, batch.sentences, rng).h;
  const Attended sentence = word_attention_.forward(words, batch.sentences.offsets());
  const Variable s = dropout_.forward(sentence.pooled, rng);
  const Variable sentences = sentence_encoder_.forward(s, batch.documents, rng).h;
  const Attended document = sentence_attention_.forward(sentences, batch.documents.offsets());
  return {.logits = classifier_.forward(dropout_.forward(document.pooled, rng)),
          .word_weights = sentence.weights,
          .sentence_weights = document.weights};
}

DocumentAttention DocumentHAN::predict(const DocumentBatch& batch) const {
  const Answering answering;
  Rng unused(0);
  const DocumentHANOutput output = forward(batch, unused);
  DocumentAttention result{.probabilities = output.logits.value().clone(),
                           .word_weights = output.word_weights.value().clone(),
                           .sentence_weights = output.sentence_weights.value().clone()};
  softmax_rows(result.probabilities.view(), result.probabilities.view());
  return result;
}

}  // namespace espalier::models
