#include "tests/support/document_han_reference.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

namespace espalier::test {
namespace {

using Vector = std::vector<double>;

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

// Row r of m times v, plus element r of b.
double affine(const Matrix& m, std::size_t r, const Vector& v, const Matrix& b) {
  double sum = b.values[r];
  for (std::size_t c = 0; c < v.size(); ++c) sum += m.at(r, c) * v[c];
  return sum;
}

// One step: the state after h, on reading x. `ending` tells the direction.
Vector gru_step(const Values& values, const std::string& prefix, const std::string& ending,
                const Vector& x, const Vector& h) {
  const Matrix& w = values.at(prefix + ".weight_ih" + ending);
  const Matrix& u = values.at(prefix + ".weight_hh" + ending);
  const Matrix& b = values.at(prefix + ".bias_ih" + ending);
  const Matrix& b_u = values.at(prefix + ".bias_hh" + ending);
  const std::size_t size = h.size();
  Vector next(size);
  for (std::size_t i = 0; i < size; ++i) {
    const double r = sigmoid(affine(w, i, x, b) + affine(u, i, h, b_u));
    const double z = sigmoid(affine(w, size + i, x, b) + affine(u, size + i, h, b_u));
    const double candidate =
        std::tanh(affine(w, 2 * size + i, x, b) + r * affine(u, 2 * size + i, h, b_u));
    next[i] = (1.0 - z) * h[i] + z * candidate;
  }
  return next;
}

// For each step the forward state and the backward state, side by side.
std::vector<Vector> encode(const Values& values, const std::string& prefix,
                           const std::vector<Vector>& steps) {
  const std::size_t size = values.at(prefix + ".weight_hh_l0").cols;
  std::vector<Vector> forward, backward;
  for (const Vector& x : steps) {
    const Vector before = forward.empty() ? Vector(size) : forward.back();
    forward.push_back(gru_step(values, prefix, "_l0", x, before));
  }
  for (std::size_t t = steps.size(); t-- > 0;) {
    const Vector before = backward.empty() ? Vector(size) : backward.back();
    backward.push_back(gru_step(values, prefix, "_l0_reverse", steps[t], before));
  }
  std::reverse(backward.begin(), backward.end());
  for (std::size_t t = 0; t < steps.size(); ++t) {
    forward[t].insert(forward[t].end(), backward[t].begin(), backward[t].end());
  }
  return forward;
}

Vector attention_weights(const Values& values, const std::string& prefix,
                         const std::vector<Vector>& rows) {
  const Matrix& w = values.at(prefix + ".projection.weight");
  const Matrix& b = values.at(prefix + ".projection.bias");
  const Matrix& context = values.at(prefix + ".context");
  Vector weights;
  double sum = 0.0;
  for (const Vector& h : rows) {
    double score = 0.0;
    for (std::size_t i = 0; i < w.rows; ++i)
      score += context.values[i] * std::tanh(affine(w, i, h, b));
    weights.push_back(std::exp(score));
    sum += weights.back();
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

Vector weighted_sum(const std::vector<Vector>& rows, const Vector& weights, std::size_t size) {
  Vector sum(size);
  for (std::size_t t = 0; t < rows.size(); ++t) {
    for (std::size_t i = 0; i < size; ++i) sum[i] += weights[t] * rows[t][i];
  }
  return sum;
}

}  // namespace

ReferenceDocument document_han(const Values& values, const LabelledDocument& document) {
  const Matrix& table = values.at("embedding.weight");
  const Matrix& classifier = values.at("classifier.weight");
  const std::size_t size = classifier.cols;
  ReferenceDocument result;
  std::vector<Vector> sentences;
  for (std::size_t s = 0; s < document.num_sentences(); ++s) {
    if (document.sentence(s).empty()) continue;
    std::vector<Vector> words;
    for (const std::uint32_t word : document.sentence(s)) {
      words.emplace_back();
      for (std::size_t c = 0; c < table.cols; ++c) words.back().push_back(table.at(word, c));
    }
    const std::vector<Vector> h = encode(values, "word_encoder", words);
    const Vector weights = attention_weights(values, "word_attention", h);
    result.word_weights.insert(result.word_weights.end(), weights.begin(), weights.end());
    sentences.push_back(weighted_sum(h, weights, size));
  }
  const std::vector<Vector> h = encode(values, "sentence_encoder", sentences);
  result.sentence_weights = attention_weights(values, "sentence_attention", h);
  const Vector v = weighted_sum(h, result.sentence_weights, size);
  for (std::size_t c = 0; c < classifier.rows; ++c) {
    result.logits.push_back(affine(classifier, c, v, values.at("classifier.bias")));
  }
  return result;
}

}  // namespace espalier::test
