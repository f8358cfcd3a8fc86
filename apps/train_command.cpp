#include <espalier/apps/train_command.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <espalier/apps/option_checks.h>
#include <espalier/apps/tree_data.h>
#include <espalier/apps/tree_model.h>
#include <espalier/apps/tree_recipe.h>
#include <espalier/base/error.h>
#include <espalier/datasets/word_vectors.h>
#include <espalier/models/tree_classifier.h>
#include <espalier/models/tree_classifier_task.h>
#include <espalier/ops/parallel.h>
#include <espalier/ops/random.h>
#include <espalier/training/learning_rate.h>
#include <espalier/training/metrics_log.h>
#include <espalier/training/progress.h>
#include <espalier/training/trainer.h>

namespace espalier::apps {
namespace {

// Sets the parameters' random stream apart from the trainer's.
constexpr std::uint64_t kParameterStream = 1;

struct Arguments {
  std::string model;
  TreeDataOptions data;

  // Where there is none, tree_recipe() decides.
  std::optional<std::uint64_t> epochs;
  std::optional<std::size_t> batch_size;
  std::optional<int> hidden_size, input_size;
  std::optional<float> dropout;
  std::optional<double> learning_rate, embedding_learning_rate, l2, rate_decay;

  std::filesystem::path vectors;
  std::uint64_t seed = 1;
  std::uint64_t patience = 0;
  std::optional<int> threads;
  std::filesystem::path checkpoint, metrics;
  std::uint64_t checkpoint_steps = 0;
  bool resume = false;
};

template <class T>
void override_with(const std::optional<T>& argument, T& value) {
  if (argument) value = *argument;
}

TreeRecipe recipe_of(const Arguments& arguments) {
  TreeRecipe recipe = tree_recipe(arguments.data.dataset);
  override_with(arguments.epochs, recipe.epochs);
  override_with(arguments.rate_decay, recipe.rate_decay);
  override_with(arguments.batch_size, recipe.batch_size);
  override_with(arguments.hidden_size, recipe.model.hidden_size);
  override_with(arguments.input_size, recipe.model.input_size);
  override_with(arguments.dropout, recipe.model.dropout);
  override_with(arguments.learning_rate, recipe.optimizer.learning_rate);
  override_with(arguments.embedding_learning_rate, recipe.optimizer.embedding_learning_rate);
  override_with(arguments.l2, recipe.optimizer.l2);
  return recipe;
}

void summarize(std::ostream& out, const training::TrainingResult& result,
               const Arguments& arguments) {
  double seconds = 0.0;
  double nodes = 0.0;
  for (const training::EpochReport& epoch : result.epochs) {
    seconds += epoch.seconds;
    nodes += epoch.seconds * epoch.nodes_per_second;
  }
  const auto write_metrics = [&](const training::Metrics& metrics) {
    for (const auto& [name, value] : metrics) out << "  " << name << ' ' << value;
    out << '\n';
  };
  if (result.best_epoch > 0) {
    out << "best epoch  " << result.best_epoch << " of " << result.epochs.size()
        << (result.stopped_early ? ", stopped early\n" : "\n") << "dev       ";
    write_metrics(result.epochs[result.best_epoch - 1].dev);
  }
  out << "test      ";
  write_metrics(result.test);
  out << "time        " << seconds << " s of training, "
      << static_cast<std::uint64_t>(seconds > 0.0 ? nodes / seconds : 0.0) << " nodes/s\n"
      << "checkpoint  "
      << (arguments.checkpoint.empty() ? "none; --checkpoint FILE keeps the model"
                                       : arguments.checkpoint.string())
      << '\n';
}

// The vectors become the first columns of the table.
void insert_vectors(const Tensor& vectors, const Variable& table) {
  Tensor& values = table.mutable_value();
  for (std::size_t word = 0; word < vectors.rows(); ++word) {
    const std::span<const float> from = vectors.row(word);
    std::copy(from.begin(), from.end(), values.row(word).begin());
  }
}

void train(const Arguments& arguments, const Streams& streams) {
  if (arguments.threads) set_num_threads(*arguments.threads);
  TreeRecipe recipe = recipe_of(arguments);
  const TreeData data = load_tree_data(arguments.data);
  std::optional<datasets::WordVectors> vectors;
  if (!arguments.vectors.empty()) {
    vectors =
        datasets::load_word_vectors(arguments.vectors, data.vocabulary, {.seed = arguments.seed});
    streams.err << "word vectors: " << vectors->num_found << " of " << data.vocabulary.size() - 1
                << " words found\n";
    const auto dimension = static_cast<int>(vectors->table.cols());
    recipe.model.input_size = arguments.input_size.value_or(dimension);
    if (recipe.model.input_size < dimension) {
      throw OptionError(message("--input-size is ", recipe.model.input_size, ", expected at least ",
                                dimension, ", the size of the pretrained vectors"));
    }
  }
  recipe.model.num_words = static_cast<int>(data.vocabulary.size());
  recipe.model.num_classes = static_cast<int>(data.classes.size());
  recipe.model.unpredicted_class = data.unpredicted_class;

  Rng rng = Rng(arguments.seed).fork(kParameterStream);
  const models::TreeClassifier model(recipe.model, rng);
  if (vectors) insert_vectors(vectors->table, model.embedding().table());
  models::TreeClassifierTask task(model, {.train = data.train, .dev = data.dev, .test = data.test},
                                  recipe.optimizer,
                                  tree_model_configuration(arguments.data, data, recipe.model));

  if (arguments.resume && !std::filesystem::exists(arguments.checkpoint)) {
    streams.err << "espalier: no checkpoint " << arguments.checkpoint.string()
                << " yet, starting afresh\n";
  }
  training::ProgressBar progress(streams.err);
  training::MetricsLog metrics(arguments.metrics);
  std::vector<training::Reporter*> reporters{&progress};
  if (!arguments.metrics.empty()) reporters.push_back(&metrics);
  const training::Trainer trainer(
      {.batch_size = recipe.batch_size,
       .epochs = recipe.epochs,
       .seed = arguments.seed,
       .patience = arguments.patience,
       .schedule_by_epoch = training::exponential_decay(recipe.rate_decay),
       .checkpoint = arguments.checkpoint,
       .checkpoint_steps = arguments.checkpoint_steps,
       .resume = arguments.resume,
       .reporters = std::move(reporters)});
  summarize(streams.out, trainer.fit(task), arguments);
}

void add_recipe_options(CLI::App& command, Arguments& arguments) {
  const auto count = [&](const char* name, auto& argument, const char* help) {
    return command.add_option(name, argument, help)->type_name("N")->check(at_least(1));
  };
  const auto number = [&](const char* name, auto& argument, double greatest, const char* help) {
    command.add_option(name, argument, help)->type_name("X")->check(between(0.0, greatest));
  };
  count("--epochs", arguments.epochs, "Times through the training trees [sst 10, listops 6]");
  count("--batch-size", arguments.batch_size, "Trees in a step [sst 25, listops 50]");
  count("--hidden", arguments.hidden_size, "Hidden size [sst 150, listops 64]");
  count(
      "--input-size", arguments.input_size,
      "Size of a word vector [sst 300, listops 32; with --vectors theirs]; what pretrained vectors "
      "leave over is learnt from random numbers");
  number("--learning-rate", arguments.learning_rate, 1e6,
         "Of the network [sst Adagrad 0.05, listops Adam 0.004]");
  number("--learning-rate-decay", arguments.rate_decay, 1.0,
         "Factor on the learning rates from one epoch to the next [sst 1, listops 0.6]");
  number("--embedding-learning-rate", arguments.embedding_learning_rate, 1e6,
         "Of the word vectors, by plain gradient descent [sst 0.1]; with Adam they learn as all "
         "else does. 0: they stay as they are");
  number("--l2", arguments.l2, 1e6, "Weight of the L2 penalty [sst 1e-4, listops 0]");
  number("--dropout", arguments.dropout, 0.99,
         "Part of each hidden state that the classifier misses [sst 0.5, listops 0]");
  command
      .add_option("--vectors", arguments.vectors,
                  "Pretrained word vectors in GloVe's text format, plain or gzip")
      ->type_name("FILE");
}

void add_run_options(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--seed", arguments.seed,
                  "Of parameters, dropout and the order of trees [1]; it fixes every bit")
      ->type_name("N")
      ->check(at_least(0));
  command
      .add_option("--threads", arguments.threads, "Threads [all cores]; no result depends on it")
      ->type_name("N")
      ->check(at_least(1));
  command
      .add_option("--patience", arguments.patience,
                  "Stop after so many epochs without a better dev accuracy [0: never]")
      ->type_name("N")
      ->check(at_least(0));
  CLI::Option* const checkpoint =
      command.add_option("--checkpoint", arguments.checkpoint,
                         "File to keep the model and the run in, after each epoch");
  checkpoint->type_name("FILE");
  command
      .add_option("--checkpoint-steps", arguments.checkpoint_steps,
                  "And after so many steps [0: only after epochs]")
      ->type_name("N")
      ->check(at_least(0))
      ->needs(checkpoint);
  command
      .add_flag("--resume", arguments.resume,
                "Go on from the checkpoint if it is there; otherwise it is overwritten. The "
                "other options must be the same")
      ->needs(checkpoint);
  command
      .add_option("--metrics", arguments.metrics,
                  "File to write metrics to, a JSON line for each epoch and one for the test")
      ->type_name("FILE");
}

}  // namespace

void add_train_command(CLI::App& app, const Streams& streams) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* const command = app.add_subcommand("train", "Train a model on a data set");
  command->footer(
      "Example: espalier train tree-lstm --dataset sst --data ~/sst --checkpoint sst.safetensors");
  command->add_option("MODEL", arguments->model, "The model; `espalier list` shows them")
      ->type_name("")
      ->required()
      ->check(CLI::IsMember({kTreeLSTM}));
  add_data_options(*command, arguments->data);
  command->get_option("--dataset")->required();
  add_recipe_options(*command, *arguments);
  add_run_options(*command, *arguments);
  command->callback([arguments, streams] { train(*arguments, streams); });
}

}  // namespace espalier::apps
