#include <espalier/apps/systems/recurrent.h>

#include <espalier/apps/command.h>
#include <espalier/base/error.h>

namespace espalier::apps {

using models::RecurrentEncoderOptions;
using models::RecurrentKind;

RecurrentEncoderOptions recurrent_options(std::string_view model, RecurrentEncoderOptions options) {
  if (model == "rnn") {
    options.kind = RecurrentKind::kRNN;
    options.chrono_steps = 0;
  } else if (model == "gru") {
    options.kind = RecurrentKind::kGRU;
  } else if (model == "lstm") {
    options.kind = RecurrentKind::kLSTM;
  } else {
    throw OptionError(
        message("\"", model, "\" is no recurrent network, expected rnn, lstm or gru"));
  }
  if (model != "lstm") options.forget_bias = RecurrentEncoderOptions{}.forget_bias;
  return options;
}

void check_dropout(const RecurrentEncoderOptions& options, const Run& run) {
  if (!run.said.contains("dropout") || options.num_layers > 1 || options.dropout == 0.0f) return;
  throw UsageError(message("--dropout ", options.dropout,
                           " does nothing: it is for values between ",
                           "layers, and there is one; expected 0, or --layers 2 or more"));
}

void settle_memory(RecurrentEncoderOptions& options, const Run& run) {
  if (!run.said.contains("forget-bias")) return;
  if (run.said.contains("chrono")) throw UsageError("--chrono excludes --forget-bias");
  options.chrono_steps = 0;
}

}  // namespace espalier::apps
