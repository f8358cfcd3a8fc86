#pragma once

#include <string_view>
#include <vector>

#include <espalier/apps/systems/system.h>
#include <espalier/models/recurrent_encoder.h>

// What the models "rnn", "lstm" and "gru" of several systems have in common.
namespace espalier::apps {

inline std::vector<std::string_view> recurrent_models() { return {"rnn", "lstm", "gru"}; }

/// Recurrent layers of the model's kind; defaults that mean nothing to it are left out.
models::RecurrentEncoderOptions recurrent_options(std::string_view model,
                                                  models::RecurrentEncoderOptions defaults);

/// Throws UsageError if --dropout, which is for what goes from layer to layer, was said of one
/// layer.
void check_dropout(const models::RecurrentEncoderOptions& options, const Run& run);

/// --forget-bias takes the place of a default chrono initialisation.
/// Throws UsageError if both were said.
void settle_memory(models::RecurrentEncoderOptions& options, const Run& run);

}  // namespace espalier::apps
