#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/data/labelled_sequence.h>
#include <espalier/graph/sequence.h>
#include <espalier/models/recurrent_encoder.h>
#include <espalier/ops/module.h>

#include "tests/support/chain_reference.h"
#include "tests/support/evaluation.h"
#include "tests/support/threads.h"

namespace espalier::test {

using Words = std::vector<std::uint32_t>;

/// 0 .. max_length words, all at random.
inline Words random_words(std::uint32_t num_words, std::size_t max_length,
                          std::mt19937_64& random) {
  Words words(random() % (max_length + 1));
  for (std::uint32_t& word : words) word = static_cast<std::uint32_t>(random() % num_words);
  return words;
}

/// Two words in three have a class, at random.
inline std::vector<LabelledSequence> random_sequences(std::size_t count, std::uint32_t num_words,
                                                      std::uint32_t num_classes,
                                                      std::size_t max_length, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<LabelledSequence> sequences(count);
  for (LabelledSequence& sequence : sequences) {
    sequence.words = random_words(num_words, max_length, random);
    for (std::size_t t = 0; t < sequence.words.size(); ++t) {
      const auto label = static_cast<std::int32_t>(random() % num_classes);
      sequence.labels.push_back(random() % 3 == 0 ? kNoLabel : label);
    }
  }
  return sequences;
}

template <class Item>
std::vector<const Item*> pointers_to(const std::vector<Item>& items) {
  std::vector<const Item*> all;
  for (const Item& item : items) all.push_back(&item);
  return all;
}

/// Parameters begin so small that all words look alike; here they shall not.
inline void draw_parameters(const Module& model, Rng& rng, float bound = 1.0f) {
  for (const NamedParameter& p : model.parameters()) {
    p.variable.mutable_value() = uniform_tensor(p.variable.shape(), -bound, bound, rng);
  }
}

/// m v + b, an element at a time; no b: nothing is added.
inline Vector affine(const Values& values, const std::string& name, const Vector& v,
                     bool bias = true) {
  const Matrix& m = values.at(name + ".weight");
  Vector result;
  for (std::size_t r = 0; r < m.rows; ++r) {
    result.push_back(product(m, 0, 0, r, v) + (bias ? element(values.at(name + ".bias"), r) : 0.0));
  }
  return result;
}

inline Vector beside(Vector a, const Vector& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// The rows of a table that words name.
inline Matrix look_up(const Matrix& table, std::span<const std::uint32_t> words) {
  Matrix x(words.size(), table.cols);
  for (std::size_t t = 0; t < words.size(); ++t) {
    for (std::size_t c = 0; c < table.cols; ++c) x.at(t, c) = table.at(words[t], c);
  }
  return x;
}

/// log softmax(logits)[word].
inline double log_probability(const Vector& logits, std::size_t word) {
  double sum = 0.0;
  for (const double logit : logits) sum += std::exp(logit);
  return logits[word] - std::log(sum);
}

/// What a stack makes of one sequence, in double precision.
struct ReferenceStack {
  Matrix h;                            ///< [steps, directions * hidden_size], of the last layer.
  std::vector<Vector> last_h, last_c;  ///< As StackedStates::last.

  Vector summary(bool bidirectional) const {
    return bidirectional ? beside(last_h[last_h.size() - 2], last_h.back()) : last_h.back();
  }
};

inline ReferenceStates reference_layer(const models::RecurrentEncoderOptions& options,
                                       const Values& values, const Relation& previous) {
  const int size = options.hidden_size;
  switch (options.kind) {
    case models::RecurrentKind::kRNN:
      return node_by_node(ElmanRNNOptions{.hidden_size = size}, values, previous);
    case models::RecurrentKind::kLSTM:
      return node_by_node(
          LSTMOptions{.hidden_size = size,
                      .peephole = options.peephole ? Peephole::kDiagonal : Peephole::kNone,
                      .coupled = options.coupled},
          values, previous);
    case models::RecurrentKind::kGRU:
      return node_by_node(GRUOptions{.hidden_size = size, .update = options.update}, values,
                          previous);
  }
  return {};
}

/// `values` hold the parameters of the stack behind "<prefix>."; `h_0` and `c_0` are initial
/// states of its layers, or empty.
inline ReferenceStack reference_stack(const models::RecurrentEncoderOptions& options,
                                      const Values& values, const std::string& prefix, Matrix x,
                                      const std::vector<Vector>& h_0 = {},
                                      const std::vector<Vector>& c_0 = {}) {
  const auto size = static_cast<std::size_t>(options.hidden_size);
  const std::size_t steps = x.rows, directions = options.bidirectional ? 2 : 1;
  const auto length = static_cast<NodeId>(steps);
  const SequenceBatch batch({&length, 1});
  const auto repeated = [&](const Vector& row) {  // One for every node.
    Matrix m(steps, size);
    for (std::size_t i = 0; i < m.values.size(); ++i) m.values[i] = row[i % size];
    return m;
  };
  ReferenceStack result{.h = std::move(x), .last_h = {}, .last_c = {}};
  for (std::size_t layer = 0; layer < static_cast<std::size_t>(options.num_layers); ++layer) {
    Matrix h(steps, directions * size);
    for (std::size_t d = 0; d < directions; ++d) {
      const std::size_t i = layer * directions + d;
      Values own;
      for (const char* name : {"weight_ih", "weight_hh", "bias_ih", "bias_hh", "peephole"}) {
        const auto found = values.find(prefix + "." + name + "_l" + std::to_string(layer) +
                                       (d == 1 ? "_reverse" : ""));
        if (found != values.end()) own.emplace(name, found->second);
      }
      own.emplace("x", result.h);
      if (!h_0.empty()) own.emplace("h_0", repeated(h_0[i]));
      if (!c_0.empty()) own.emplace("c_0", repeated(c_0[i]));
      const Structure structure =
          batch.structure(d == 0 ? Direction::kForward : Direction::kBackward);
      const ReferenceStates states = reference_layer(options, own, structure.relation("previous"));
      for (std::size_t t = 0; t < steps; ++t) {
        for (std::size_t e = 0; e < size; ++e) h.at(t, d * size + e) = states.h.at(t, e);
      }
      const std::size_t end = d == 0 ? steps - 1 : 0;
      const bool empty = steps == 0, has_c = options.kind == models::RecurrentKind::kLSTM;
      const Vector zeros(size, 0.0);
      result.last_h.push_back(!empty ? row(states.h, end) : h_0.empty() ? zeros : h_0[i]);
      if (!has_c) continue;
      result.last_c.push_back(!empty ? row(states.c, end) : c_0.empty() ? zeros : c_0[i]);
    }
    result.h = std::move(h);
  }
  return result;
}

/// The loss of a model that `make` makes, and the gradients of all its parameters, at some number
/// of threads.
template <class Make, class Loss>
std::vector<Tensor> loss_and_gradients(int threads, const Make& make, const Loss& loss_of) {
  std::vector<Tensor> result;
  with_num_threads(threads, [&] {
    const auto model = make();
    const Variable loss = loss_of(model);
    loss.backward();
    result.push_back(loss.value().clone());
    for (const NamedParameter& p : model.parameters()) {
      const RowGradient& rows = p.variable.row_gradient();
      const Tensor& gradient = rows.empty() ? p.variable.gradient() : rows.values();
      EXPECT_FALSE(gradient.empty()) << p.name;
      result.push_back(gradient.clone());
    }
  });
  return result;
}

template <class Make, class Loss>
void expect_same_bits_at_1_2_and_4_threads(const Make& make, const Loss& loss_of) {
  const std::vector<Tensor> expected = loss_and_gradients(1, make, loss_of);
  for (const int threads : {2, 4}) {
    SCOPED_TRACE(threads);
    const std::vector<Tensor> actual = loss_and_gradients(threads, make, loss_of);
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t p = 0; p < actual.size(); ++p) {
      EXPECT_TRUE(bitwise_equal(actual[p], expected[p])) << p;
    }
  }
}

}  // namespace espalier::test
