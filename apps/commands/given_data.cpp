#include <espalier/apps/commands/given_data.h>

#include <CLI/CLI.hpp>

#include <espalier/base/error.h>

namespace espalier::apps {

void add_data_options(CLI::App& command, GivenData& data) {
  command
      .add_option("--data", data.folder,
                  "Folder of the data set, or one with a subfolder for it, if examples are nodes "
                  "of it [$ESPALIER_DATA]")
      ->type_name("DIR");
  command.add_flag("--other-data", data.may_differ,
                   "The data are meant to differ from those of the training");
}

void load_data(TrainedModel& model, const GivenData& data, const Streams& streams) {
  with_memory_for(message("the data set ", model.dataset),
                  [&] { model.load_data(data, streams.err); });
}

}  // namespace espalier::apps
