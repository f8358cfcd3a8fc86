#pragma once

#include <memory>
#include <span>

#include <espalier/ops/module.h>
#include <espalier/training/optimizer.h>
#include <espalier/training/run_state.h>

namespace espalier::training {

/// How a model is trained. The defaults are those of Tai et al. 2015: Adagrad with L2 on the
/// network, plain gradient descent without it on the word vectors.
struct Recipe {
  double learning_rate = 0.05;
  double embedding_learning_rate = 0.1;  ///< 0: word vectors stay as they are.
  double l2 = 1e-4;
  bool adam = false;  ///< Adam in place of both.
};

/// The recipe in words.
Settings settings_of(const Recipe& recipe);

/// The optimiser of a recipe. Word vectors are the parameter "embedding.weight", if there is one.
std::unique_ptr<Optimizer> make_optimizer(std::span<const NamedParameter> parameters,
                                          const Recipe& recipe);

}  // namespace espalier::training
