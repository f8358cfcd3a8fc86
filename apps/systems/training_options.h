#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include <espalier/base/options.h>
#include <espalier/training/recipe.h>

namespace espalier::apps {

/// What a model takes of the options below: not all have word vectors or baselines.
struct Takes {
  bool vectors = false;         ///< Pretrained word vectors.
  bool embedding_rate = false;  ///< A learning rate of the word vectors' own.
  bool baselines = false;       ///< To be compared with other models on the same data.
  bool whole = false;           ///< All examples in one step, as nodes of one graph are.
};

/// How a model is trained.
struct TrainingOptions {
  training::Recipe recipe = {};
  std::uint64_t epochs = 10;
  std::uint64_t patience = 0;
  std::size_t batch_size = 25;  ///< 0: all, if that is taken.
  double rate_decay = 1.0;
  double clip = 0.0;
  bool baselines = false;
  std::filesystem::path vectors = {};
  Takes takes = {};

  static std::vector<Option> fields(TrainingOptions& o) {
    const Range rate = between(0, 1e6);
    return {
        option("epochs", o.epochs, "Times through the training examples", at_least(1)),
        option("patience", o.patience,
               "Stop after so many epochs without a better dev score; 0: never", at_least(0)),
        option("batch_size", o.batch_size,
               o.takes.whole ? "Examples in a step; 0: all" : "Examples in a step",
               at_least(o.takes.whole ? 0 : 1, 1e9)),
        option("learning_rate", o.recipe.learning_rate, "Of the network", rate),
        option("rate_decay", o.rate_decay,
               "Factor on the learning rates from one epoch to the next", between(0, 1))
            .command("learning-rate-decay"),
        option("embedding_learning_rate", o.recipe.embedding_learning_rate,
               "Of the word vectors, by plain gradient descent; with Adam they learn as all "
               "else does. 0: they stay as they are",
               rate)
            .only_if(o.takes.embedding_rate),
        option("l2", o.recipe.l2, "Weight of the L2 penalty", rate),
        option("clip", o.clip, "Greatest norm of all gradients together; 0: no limit", rate),
        option("vectors", o.vectors,
               "Pretrained word vectors in GloVe's text format, plain or gzip; what they leave "
               "over of --input-size is learnt from random numbers")
            .only_if(o.takes.vectors),
        option("baselines", o.baselines,
               "Train the model's baselines on the same data first, and show their test metrics")
            .only_if(o.takes.baselines)};
  }
};

/// A model before it is made, and how it is to be trained. The sizes that the data give are still
/// open.
template <class Model>
struct Setup {
  typename Model::Options model;
  TrainingOptions training;
};

}  // namespace espalier::apps
