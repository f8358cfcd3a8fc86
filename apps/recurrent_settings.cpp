#include <espalier/apps/recurrent_settings.h>

namespace espalier::apps {

models::RecurrentEncoderOptions recurrent_options(std::string_view model, const Settings& settings,
                                                  models::RecurrentEncoderOptions options) {
  options.kind = model == "rnn"   ? models::RecurrentKind::kRNN
                 : model == "gru" ? models::RecurrentKind::kGRU
                                  : models::RecurrentKind::kLSTM;
  override_with(settings.hidden_size, options.hidden_size);
  override_with(settings.num_layers, options.num_layers);
  override_with(settings.dropout, options.dropout);
  options.bidirectional = options.bidirectional || settings.bidirectional;
  if (model != "lstm") options.forget_bias = models::RecurrentEncoderOptions{}.forget_bias;
  if (model == "rnn") options.chrono_steps = 0;
  override_with(settings.chrono_steps, options.chrono_steps);
  if (settings.forget_bias) {
    options.forget_bias = static_cast<float>(*settings.forget_bias);
    options.chrono_steps = 0;
  }
  options.peephole = settings.peephole;
  options.coupled = settings.coupled;
  return options;
}

void override_recipe(const Settings& settings, training::Recipe& recipe) {
  override_with(settings.learning_rate, recipe.learning_rate);
  override_with(settings.embedding_learning_rate, recipe.embedding_learning_rate);
  override_with(settings.l2, recipe.l2);
}

std::vector<std::string_view> unused_recurrent_settings(
    std::string_view model, std::initializer_list<std::string_view> more) {
  std::vector<std::string_view> unused(more);
  if (model != "lstm") unused.insert(unused.end(), {"--peephole", "--coupled", "--forget-bias"});
  if (model == "rnn") unused.push_back("--chrono");
  return unused;
}

}  // namespace espalier::apps
