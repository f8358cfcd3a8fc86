#include <espalier/training/run_state.h>

#include <array>
#include <charconv>
#include <limits>

#include <nlohmann/json.hpp>

#include <espalier/base/error.h>

namespace espalier::training {
namespace {

using nlohmann::json;

json to_object(const EpochReport& epoch) {
  return {{"epoch", epoch.epoch},
          {"train_loss", epoch.train_loss},
          {"dev", epoch.dev},
          {"seconds", epoch.seconds},
          {"nodes_per_second", epoch.nodes_per_second},
          {"skipped_steps", epoch.skipped_steps}};
}

// An object of JSON whose entries are there and of the right kind, or it says which is not.
class Fields {
 public:
  Fields(const json& object, const std::string& source) : object_(object), source_(source) {
    if (!object.is_object()) fail("", "an object");
  }

  const json& at(const char* key) const {
    const auto found = object_.find(key);
    if (found == object_.end()) fail(key, "it to be there");
    return *found;
  }
  std::uint64_t whole(const char* key) const {
    if (!at(key).is_number_unsigned()) fail(key, "a whole number");
    return at(key).get<std::uint64_t>();
  }
  bool has(const char* key) const { return object_.contains(key); }
  std::string text(const char* key) const {
    if (!at(key).is_string()) fail(key, "a text");
    return at(key).get<std::string>();
  }
  std::vector<std::string> texts(const char* key) const {
    if (!at(key).is_array()) fail(key, "texts");
    std::vector<std::string> texts;
    for (const json& value : at(key)) {
      if (!value.is_string()) fail(key, "texts");
      texts.push_back(value.get<std::string>());
    }
    return texts;
  }
  Settings settings(const char* key) const {
    if (!at(key).is_object()) fail(key, "an object of texts");
    Settings settings;
    for (const auto& [name, value] : at(key).items()) {
      if (!value.is_string()) fail(key, "an object of texts");
      settings.emplace(name, value.get<std::string>());
    }
    return settings;
  }
  double real(const char* key) const { return real(at(key), key); }
  Metrics metrics(const char* key) const {
    if (!at(key).is_object()) fail(key, "an object");
    Metrics metrics;
    for (const auto& [name, value] : at(key).items()) metrics.emplace(name, real(value, key));
    return metrics;
  }
  [[noreturn]] void fail(const char* key, const char* expected) const {
    throw ParseError({.source = source_},
                     message("state of the run: \"", key, "\": expected ", expected));
  }

 private:
  double real(const json& value, const char* key) const {
    if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();  // JSON has no NaN.
    if (!value.is_number()) fail(key, "a number");
    return value.get<double>();
  }

  const json& object_;
  const std::string& source_;
};

EpochReport epoch_from(const json& object, const std::string& source) {
  const Fields fields(object, source);
  return {.epoch = fields.whole("epoch"),
          .train_loss = fields.real("train_loss"),
          .dev = fields.metrics("dev"),
          .seconds = fields.real("seconds"),
          .nodes_per_second = fields.real("nodes_per_second"),
          .skipped_steps = fields.whole("skipped_steps")};
}

}  // namespace

std::string setting(double number) {
  std::array<char, 32> digits{};  // The fewest that say which double it is.
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return {digits.data(), end};
}

std::string to_json(const RunState& state) {
  json history = json::array();
  for (const EpochReport& epoch : state.history) history.push_back(to_object(epoch));
  const std::optional<double>& best = state.early_stopping.best_score;
  return json{{"seed", state.seed},
              {"batch_size", state.batch_size},
              {"num_examples", state.num_examples},
              {"settings", state.settings},
              {"data", state.data},
              {"num_epochs", state.num_epochs},
              {"library", state.platform.library},
              {"instruction_set", state.platform.instruction_set},
              {"changes", state.changes},
              {"epoch", state.epoch},
              {"step", state.step},
              {"loss_sum", state.loss_sum},
              {"seconds", state.seconds},
              {"nodes", state.nodes},
              {"skipped_steps", state.skipped_steps},
              {"best_score", best ? json(*best) : json()},
              {"scores_since_best", state.early_stopping.scores_since_best},
              {"best_epoch", state.best_epoch},
              {"history", std::move(history)}}
      .dump();
}

RunState run_state_from_json(std::string_view text, const std::string& source) {
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  const Fields fields(object, source);
  RunState state{
      .seed = fields.whole("seed"),
      .batch_size = fields.whole("batch_size"),
      .num_examples = fields.whole("num_examples"),
      .settings = {},
      .data = {},
      .num_epochs = 0,
      .platform = {},
      .changes = {},
      .epoch = fields.whole("epoch"),
      .step = fields.whole("step"),
      .loss_sum = fields.real("loss_sum"),
      .seconds = fields.real("seconds"),
      .nodes = fields.whole("nodes"),
      .skipped_steps = fields.whole("skipped_steps"),
      .early_stopping = {.best_score = {}, .scores_since_best = fields.whole("scores_since_best")},
      .best_epoch = fields.whole("best_epoch"),
      .history = {}};
  if (fields.has("settings")) {  // All of these came together.
    state.settings = fields.settings("settings");
    state.data = fields.text("data");
    state.num_epochs = fields.whole("num_epochs");
    state.platform = {fields.text("library"), fields.text("instruction_set")};
    state.changes = fields.texts("changes");
  }
  if (!fields.at("best_score").is_null())
    state.early_stopping.best_score = fields.real("best_score");
  const json& history = fields.at("history");
  if (!history.is_array() || history.size() != state.epoch) {
    fields.fail("history", "one entry for each complete epoch");
  }
  for (const json& epoch : history) state.history.push_back(epoch_from(epoch, source));
  return state;
}

}  // namespace espalier::training
