#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include <espalier/apps/settings.h>
#include <espalier/models/recurrent_encoder.h>
#include <espalier/training/recipe.h>

// How settings shape the models "rnn", "lstm" and "gru".
namespace espalier::apps {

/// The recurrent layers of a model, with what was said in the place of defaults.
models::RecurrentEncoderOptions recurrent_options(std::string_view model, const Settings& settings,
                                                  models::RecurrentEncoderOptions defaults);

/// The same for how it is trained.
void override_recipe(const Settings& settings, training::Recipe& recipe);

/// --peephole, --coupled and --forget-bias but for lstm, and `more`.
std::vector<std::string_view> unused_recurrent_settings(
    std::string_view model, std::initializer_list<std::string_view> more);

}  // namespace espalier::apps
