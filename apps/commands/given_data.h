#pragma once

#include <espalier/apps/command.h>
#include <espalier/apps/systems/system.h>

// The data that examples are read from, on the command line.
namespace espalier::apps {

/// --data and --other-data.
void add_data_options(CLI::App& command, GivenData& data);

/// TrainedModel::load_data(). Running out of memory says for what.
void load_data(TrainedModel& model, const GivenData& data, const Streams& streams);

}  // namespace espalier::apps
