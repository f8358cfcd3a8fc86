#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string_view>

#include <espalier/apps/system.h>

namespace espalier::apps {

/// All systems that the command knows.
std::span<const System* const> systems();

/// The system of a model and a data set.
/// Throws UsageError, saying what goes together, if there is none.
const System& system_of(std::string_view model, std::string_view dataset);

/// The model of a checkpoint, with the parameters of its best epoch.
/// Throws as load_checkpoint does, Error if the checkpoint is of a model that is not known, and
/// ParseError if its parts do not fit each other.
std::unique_ptr<TrainedModel> load_model(const std::filesystem::path& checkpoint);

}  // namespace espalier::apps
