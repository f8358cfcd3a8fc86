#include <espalier/models/recipe.h>

#include <utility>
#include <vector>

#include <espalier/training/adagrad.h>
#include <espalier/training/adam.h>
#include <espalier/training/optimizer_set.h>
#include <espalier/training/sgd.h>

namespace espalier::models {

std::unique_ptr<training::Optimizer> make_optimizer(std::span<const NamedParameter> parameters,
                                                    const Recipe& recipe) {
  std::vector<NamedParameter> words, network;
  for (const NamedParameter& p : parameters) {
    const bool is_table = p.name == "embedding.weight";
    if (is_table && recipe.embedding_learning_rate == 0.0) continue;
    (is_table && !recipe.adam ? words : network).push_back(p);
  }
  if (recipe.adam) {
    return std::make_unique<training::Adam>(
        network, training::AdamOptions{.learning_rate = recipe.learning_rate, .l2 = recipe.l2});
  }
  std::vector<std::unique_ptr<training::Optimizer>> both;
  both.push_back(std::make_unique<training::Adagrad>(
      network, training::AdagradOptions{.learning_rate = recipe.learning_rate, .l2 = recipe.l2}));
  if (!words.empty()) {
    both.push_back(std::make_unique<training::SGD>(
        words, training::SGDOptions{.learning_rate = recipe.embedding_learning_rate}));
  }
  return std::make_unique<training::OptimizerSet>(std::move(both));
}

}  // namespace espalier::models
