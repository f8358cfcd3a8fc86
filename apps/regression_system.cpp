#include <espalier/apps/regression_system.h>

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/apps/answering.h>
#include <espalier/apps/model_experiment.h>
#include <espalier/apps/model_parts.h>
#include <espalier/apps/recurrent_settings.h>
#include <espalier/base/error.h>
#include <espalier/datasets/adding_problem.h>
#include <espalier/models/sequence_regressor.h>

namespace espalier::apps {
namespace {

using AddingProblem = Splits<std::vector<RegressionExample>>;

AddingProblem draw_problem(const DataOptions& options) {
  datasets::AddingProblemOptions draw{.num_train = options.train_size.value_or(20'000),
                                      .length = options.length.value_or(100)};
  draw.num_dev = draw.num_test = std::max<std::size_t>(1, draw.num_train / 8);
  return datasets::generate_adding_problem(draw);
}

// A sequence from a line: a JSON array of steps, each an array of features.
std::optional<Tensor> read_sequence(datasets::LineReader& lines, std::size_t num_features) {
  const std::optional<std::string_view> line = lines.next();
  if (!line) return std::nullopt;
  try {
    const auto steps = nlohmann::json::parse(*line).get<std::vector<std::vector<float>>>();
    Tensor sequence = Tensor::uninitialized({steps.size(), num_features});
    for (std::size_t t = 0; t < steps.size(); ++t) {
      if (steps[t].size() != num_features) {
        throw ParseError(lines.where(), message("step ", t, " has ", steps[t].size(),
                                                " features, expected ", num_features));
      }
      std::ranges::copy(steps[t], sequence.row(t).begin());
    }
    return sequence;
  } catch (const nlohmann::json::exception& error) {
    throw ParseError(lines.where(), message("no JSON array of steps: ", error.what()));
  }
}

class RegressionModel final : public TrainedModel {
 public:
  explicit RegressionModel(models::SequenceRegressor regressor)
      : regressor_(std::move(regressor)) {}

  training::Metrics evaluate(const DataOptions& options, std::string_view split) const override {
    AddingProblem problem = draw_problem(options);
    return training::evaluate(regressor_, split_of(problem, split));
  }
  void predict(datasets::LineReader& lines, std::ostream& out) const override {
    const auto features = static_cast<std::size_t>(regressor_.options().input_size);
    answer_in_batches<Tensor>([&] { return read_sequence(lines, features); },
                              [&](const std::vector<Tensor>& sequences) {
                                std::vector<const Tensor*> all;
                                for (const Tensor& s : sequences) all.push_back(&s);
                                const Tensor values = regressor_.predict(all);
                                for (const float value : values.flat()) {
                                  out << nlohmann::ordered_json{{"value", value}}.dump() << '\n';
                                }
                                check_written(out);
                              });
  }
  const models::SequenceRegressor& regressor() const { return regressor_; }

 private:
  models::SequenceRegressor regressor_;
};

}  // namespace

std::vector<std::string_view> RegressionSystem::unused_settings(std::string_view model) const {
  return unused_recurrent_settings(
      model, {"--input-size", "--vectors", "--baselines", "--embedding-learning-rate"});
}

std::unique_ptr<Experiment> RegressionSystem::prepare(std::string_view model,
                                                      const DataOptions& options,
                                                      const Settings& settings, Rng& rng,
                                                      std::ostream&) const {
  const models::SequenceRegressorOptions built{
      .input_size = 2,
      .encoder = recurrent_options(model, settings, {.hidden_size = 128, .forget_bias = 3.0f})};
  // A long memory at first, as an LSTM needs here, asks for greater steps.
  training::Recipe recipe{.learning_rate = model == "lstm" ? 0.01 : 0.002, .l2 = 0.0, .adam = true};
  override_recipe(settings, recipe);
  auto experiment = std::make_unique<ModelExperiment<AddingProblem, models::SequenceRegressor>>(
      draw_problem(options), built, recipe, configuration(model, options, espalier::to_json(built)),
      rng);
  experiment->batch_size = 50;
  experiment->epochs = 15;
  experiment->clip = 1.0;
  return experiment;
}

std::unique_ptr<TrainedModel> RegressionSystem::load(const nlohmann::ordered_json& configuration,
                                                     const training::Checkpoint& checkpoint,
                                                     const std::string& source) const {
  const auto options =
      from_json<models::SequenceRegressorOptions>(configuration.at("options").dump(), source);
  Rng rng(0);  // What it draws is replaced.
  auto model = std::make_unique<RegressionModel>(models::SequenceRegressor(options, rng));
  load_best(model->regressor().parameters(), checkpoint, source);
  return model;
}

}  // namespace espalier::apps
