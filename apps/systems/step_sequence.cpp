#include <espalier/apps/systems/step_sequence.h>

#include <string>
#include <string_view>

#include <espalier/apps/systems/json_line.h>
#include <espalier/base/error.h>

namespace espalier::apps {

std::optional<Tensor> read_steps(datasets::LineReader& lines, std::size_t num_features) {
  const std::optional<std::string_view> line = lines.next();
  if (!line) return std::nullopt;
  const TextPosition where = lines.where();
  const nlohmann::json parsed = parse_json_line(*line, where, "no JSON array of steps");
  const nlohmann::json& steps = array_of(parsed, where, "the sequence");
  Tensor sequence = Tensor::uninitialized({steps.size(), num_features});
  for (std::size_t t = 0; t < steps.size(); ++t) {
    const std::string name = message("step ", t);
    const nlohmann::json& step = array_of(steps[t], where, name);
    if (step.size() != num_features) {
      throw ParseError(where,
                       message(name, " has ", step.size(), " features, expected ", num_features));
    }
    for (std::size_t i = 0; i < num_features; ++i) {
      sequence.row(t)[i] = number_of(step[i], where, message("feature ", i, " of ", name));
    }
  }
  return sequence;
}

}  // namespace espalier::apps
