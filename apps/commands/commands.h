#pragma once

#include <span>
#include <string>

#include <espalier/apps/command.h>

// Each in the file of its name. The streams must outlive `app`.
namespace espalier::apps {

void add_list_command(CLI::App& app, const Streams& streams);
/// The command has the options of the model, and the data set if there is one, that `arguments`,
/// those of the whole program, name. Throws UsageError if they do not go together or are given an
/// option that they do not take.
void add_train_command(CLI::App& app, std::span<const std::string> arguments,
                       const Streams& streams);
void add_evaluate_command(CLI::App& app, const Streams& streams);
void add_predict_command(CLI::App& app, const Streams& streams);
void add_draw_command(CLI::App& app, const Streams& streams);
void add_generate_command(CLI::App& app, const Streams& streams);
void add_plot_command(CLI::App& app, const Streams& streams);

}  // namespace espalier::apps
