#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/training/adagrad.h>
#include <espalier/training/optimizer_set.h>
#include <espalier/training/sgd.h>
#include <espalier/training/task.h>

namespace espalier::training::test {

/// Logistic regression on made-up data: p = sigmoid(w . dropout(x) + table[id]), with Adagrad for w
/// and momentum for the table, whose gradient is one of rows.
class ToyTask : public Task {
 public:
  static constexpr std::size_t kFeatures = 6;
  static constexpr std::size_t kRows = 5;
  static constexpr std::size_t kTrain = 47;
  static constexpr std::size_t kDev = 20;

  /// Of the table's rows those from kRows on are never read.
  explicit ToyTask(std::size_t table_rows = kRows)
      : table_(Variable::parameter(Tensor::zeros({table_rows, 1}))), optimizer_(make_optimizers()) {
    Rng rng(17);
    inputs_ = normal_tensor({kTrain + kDev, kFeatures}, 1.0f, rng);
    for (std::size_t i = 0; i < kTrain + kDev; ++i) {
      labels_.push_back(inputs_.at(i, 0) - inputs_.at(i, 1) + rng.normal() > 0.0f ? 1.0f : 0.0f);
    }
  }

  std::string configuration() const override { return configuration_; }
  std::span<const NamedParameter> parameters() const override { return parameters_; }
  Optimizer& optimizer() override { return optimizer_; }
  std::size_t num_examples() const override { return kTrain; }
  std::size_t num_nodes(std::span<const std::uint32_t> examples) const override {
    return examples.size();
  }
  std::string_view selection_metric() const override { return selection_metric_; }
  bool higher_is_better() const override { return false; }

  Variable loss(std::span<const std::uint32_t> examples, Rng& rng) override {
    const std::size_t n = examples.size();
    Tensor d_w = Tensor::zeros({kFeatures});
    Tensor d_rows = Tensor::uninitialized({n, 1});
    PoolVector<std::uint32_t> rows(n);
    double sum = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
      std::array<float, kFeatures> x{};
      for (std::size_t f = 0; f < kFeatures; ++f) {
        if (!rng.chance(0.3f)) x[f] = inputs_.at(examples[i], f);
      }
      rows[i] = static_cast<std::uint32_t>(examples[i] % kRows);
      const float p = predict(x, rows[i]);
      const float y = labels_[examples[i]];
      sum -= std::log(static_cast<double>(y > 0.5f ? p : 1.0f - p));
      const float d = (p - y) / static_cast<float>(n);
      for (std::size_t f = 0; f < kFeatures; ++f) d_w.data()[f] += d * x[f];
      d_rows.data()[i] = d;
    }
    const auto mean = static_cast<float>(sum / static_cast<double>(n));
    ++num_losses;
    return record(Tensor::filled({1}, spoil_loss(mean)), {w_, table_},
                  [this, d_w = std::move(d_w), d_rows = std::move(d_rows),
                   rows = std::move(rows)](const Tensor&) mutable {
                    spoil_gradient(d_w);
                    w_.add_gradient(std::move(d_w));
                    table_.mutable_row_gradient().add(rows, d_rows);
                  });
  }

  Metrics evaluate(Split split) override {
    double sum = 0.0;
    for (std::size_t i = kTrain; i < kTrain + kDev; ++i) {
      const float p = predict(inputs_.row(i), static_cast<std::uint32_t>(i % kRows));
      sum += std::pow(static_cast<double>(p - labels_[i]), 2.0);
    }
    const double mse = sum / static_cast<double>(kDev);
    if (split == Split::kDev && num_dev_scores < scores.size()) {
      return {{"mse", scores[num_dev_scores++]}};
    }
    return {{"mse", mse}};
  }

  // What tests may change.
  std::function<float(float)> spoil_loss = [](float x) { return x; };
  std::function<void(Tensor&)> spoil_gradient = [](Tensor&) {};
  std::string configuration_ = R"({"model":"Toy"})";
  std::string selection_metric_ = "mse";
  std::vector<double> scores;  // Said to be those of the first epochs on the dev split.
  std::size_t num_dev_scores = 0;
  std::size_t num_losses = 0;

 private:
  float predict(std::span<const float> x, std::uint32_t row) const {
    float z = table_.value().at(row, 0);
    for (std::size_t f = 0; f < kFeatures; ++f) z += w_.value().flat()[f] * x[f];
    return 1.0f / (1.0f + std::exp(-z));
  }

  std::vector<std::unique_ptr<Optimizer>> make_optimizers() {
    std::vector<std::unique_ptr<Optimizer>> optimizers;
    optimizers.push_back(std::make_unique<Adagrad>(
        std::vector{parameters_[0]}, AdagradOptions{.learning_rate = 0.1, .l2 = 1e-4}));
    optimizers.push_back(std::make_unique<SGD>(std::vector{parameters_[1]},
                                               SGDOptions{.learning_rate = 0.1, .momentum = 0.9}));
    return optimizers;
  }

  Variable w_ = Variable::parameter(Tensor::zeros({kFeatures}));
  Variable table_;
  std::vector<NamedParameter> parameters_{{"w", w_}, {"table", table_}};
  OptimizerSet optimizer_;
  Tensor inputs_;
  std::vector<float> labels_;
};

}  // namespace espalier::training::test
