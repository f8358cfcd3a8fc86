#include <espalier/apps/tree_recipe.h>

#include <espalier/apps/tree_data.h>

namespace espalier::apps {

TreeRecipe tree_recipe(std::string_view dataset) {
  switch (tree_dataset(dataset).format) {
    case TreeFormat::kBracketed:
      return {};  // Tai et al. 2015 throughout.
    case TreeFormat::kListOps:
      return {.model = {.input_size = 32, .hidden_size = 64, .dropout = 0.0f},
              .optimizer = {.learning_rate = 0.004, .l2 = 0.0, .adam = true},
              .batch_size = 50,
              .epochs = 6,
              .rate_decay = 0.6};
  }
  return {};
}

}  // namespace espalier::apps
