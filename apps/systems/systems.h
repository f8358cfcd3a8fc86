#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <espalier/apps/systems/system.h>

namespace espalier::apps {

// Each in the file of its name.
System tree_system();
System regression_system();
System sequence_system();
System translation_system();
System language_system();
System document_han_system();
System averaged_embedding_system();
System bag_of_words_system();
System similarity_system();
System thread_system();
// In node_system.cpp.
System han_system();
System gat_system();
System gcn_system();
System chebnet_system();
System part_lstm_system();
System agc_lstm_system();

/// All systems that the command knows.
std::span<const System> systems();

/// The system of a model and a data set.
/// Throws UsageError, saying what goes together, if there is none.
const System& system_of(std::string_view model, std::string_view dataset);

/// Names of all models, and all data sets, once each.
std::vector<std::string_view> model_names();
std::vector<DataSetInfo> all_data_sets();

/// The model of a checkpoint, with the parameters of its best epoch.
/// Throws as load_checkpoint does, Error if the checkpoint is of a model that is not known, and
/// ParseError if its parts do not fit each other.
std::unique_ptr<TrainedModel> load_trained(const std::filesystem::path& checkpoint);

}  // namespace espalier::apps
