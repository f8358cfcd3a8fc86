#include <algorithm>
#include <optional>

#include <nlohmann/json.hpp>

#include <espalier/apps/systems/answering.h>
#include <espalier/apps/systems/make_system.h>
#include <espalier/apps/systems/recurrent.h>
#include <espalier/apps/systems/step_sequence.h>
#include <espalier/apps/systems/systems.h>
#include <espalier/datasets/adding_problem.h>
#include <espalier/models/sequence_regressor.h>

// Recurrent networks that say a number at the end of a sequence of feature vectors.
namespace espalier::apps {
namespace {

using models::SequenceRegressor;
struct NoTraits {};
using Parts = SystemParts<SequenceRegressor, Splits<std::vector<RegressionExample>>, NoTraits>;

struct AddingOptions {
  std::size_t train_size = 20'000;
  std::size_t length = 100;

  static std::vector<Option> fields(AddingOptions& o) {
    return {train_size_option(o.train_size),
            option("length", o.length, "Steps of a sequence", at_least(2, 1e6))};
  }
};

Parts::Data draw_problem(const AddingOptions& options, const std::filesystem::path&) {
  check_memory(options.train_size, options.length * 2 * sizeof(float));
  const std::size_t part = eighth(options.train_size);
  return datasets::generate_adding_problem({.num_train = options.train_size,
                                            .num_dev = part,
                                            .num_test = part,
                                            .length = options.length});
}

Setup<SequenceRegressor> setup(std::string_view model, const Parts::Set&) {
  return {.model = {.input_size = 2,
                    .encoder = recurrent_options(model, {.hidden_size = 128, .forget_bias = 3.0f})},
          // A long memory at first, as an LSTM needs here, asks for greater steps.
          .training = {
              .recipe = {.learning_rate = model == "lstm" ? 0.01 : 0.002, .l2 = 0.0, .adam = true},
              .epochs = 15,
              .batch_size = 50,
              .clip = 1.0}};
}

void predict(const Trained<SequenceRegressor, NoTraits>& trained, datasets::LineReader& lines,
             std::ostream& out) {
  const SequenceRegressor& regressor = trained.model.network;
  const auto features = static_cast<std::size_t>(regressor.options().input_size);
  answer_in_batches<Tensor>([&] { return read_steps(lines, features); },
                            [&](const std::vector<Tensor>& sequences) {
                              std::vector<const Tensor*> all;
                              for (const Tensor& s : sequences) all.push_back(&s);
                              const Tensor values = regressor.predict(all);
                              for (const float value : values.flat()) {
                                out << nlohmann::ordered_json{{"value", value}}.dump() << '\n';
                              }
                              check_written(out);
                            });
}

}  // namespace

System regression_system() {
  return make_system<SequenceRegressor>(Parts{
      .models = recurrent_models(),
      .description = "recurrent network that says a number at the end of a sequence",
      .metrics = "mse on dev, the lower the better, chooses the best epoch; pearson",
      .examples =
          "a JSON array of steps, each an array of its features: [[0.5, 0], [0.25, 1], ...]",
      .data_sets = {data_set<AddingOptions>(
          {.name = "adding",
           .description = "adding problem (Hochreiter and Schmidhuber 1997): the sum of the two "
                          "numbers marked"},
          NoTraits(), draw_problem)},
      .setup = setup,
      .adjust =
          [](auto& given, const auto&, const Run& run) {
            settle_memory(given.model.encoder, run);
            check_dropout(given.model.encoder, run);
          },
      .predict = predict});
}

}  // namespace espalier::apps
