#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <espalier/models/tree_classifier.h>
#include <espalier/models/tree_classifier_task.h>

namespace espalier::apps {

/// How a tree classifier is built and trained.
struct TreeRecipe {
  models::TreeClassifierOptions model;  ///< All but what follows from the data.
  models::Recipe optimizer;
  std::size_t batch_size = 25;
  std::uint64_t epochs = 10;
  double rate_decay = 1.0;  ///< The learning rate's factor from one epoch to the next.
};

/// The defaults of `espalier train` on a data set. Throws OptionError at an unknown one.
TreeRecipe tree_recipe(std::string_view dataset);

}  // namespace espalier::apps
