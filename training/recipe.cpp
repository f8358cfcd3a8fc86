#include <espalier/training/recipe.h>

#include <utility>
#include <vector>

#include <espalier/training/adagrad.h>
#include <espalier/training/adam.h>
#include <espalier/training/optimizer_set.h>
#include <espalier/training/sgd.h>

namespace espalier::training {

Settings settings_of(const Recipe& recipe) {
  return {{"optimizer", recipe.adam ? "Adam" : "Adagrad"},
          {"learning rate", setting(recipe.learning_rate)},
          {"learning rate of the word vectors", setting(recipe.embedding_learning_rate)},
          {"L2 penalty", setting(recipe.l2)}};
}

std::unique_ptr<Optimizer> make_optimizer(std::span<const NamedParameter> parameters,
                                          const Recipe& recipe) {
  std::vector<NamedParameter> words, network;
  for (const NamedParameter& p : parameters) {
    const bool is_table = p.name == "embedding.weight";
    if (is_table && recipe.embedding_learning_rate == 0.0) continue;
    (is_table && !recipe.adam ? words : network).push_back(p);
  }
  if (recipe.adam) {
    return std::make_unique<Adam>(
        network, AdamOptions{.learning_rate = recipe.learning_rate, .l2 = recipe.l2});
  }
  std::vector<std::unique_ptr<Optimizer>> both;
  both.push_back(std::make_unique<Adagrad>(
      network, AdagradOptions{.learning_rate = recipe.learning_rate, .l2 = recipe.l2}));
  if (!words.empty()) {
    both.push_back(
        std::make_unique<SGD>(words, SGDOptions{.learning_rate = recipe.embedding_learning_rate}));
  }
  return std::make_unique<OptimizerSet>(std::move(both));
}

}  // namespace espalier::training
