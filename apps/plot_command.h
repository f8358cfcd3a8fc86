#pragma once

#include <espalier/apps/command.h>

namespace espalier::apps {

/// `espalier plot`: curves of learning from the files that `espalier train --metrics` wrote.
/// It runs while `app` parses; the streams must live until then.
void add_plot_command(CLI::App& app, const Streams& streams);

}  // namespace espalier::apps
