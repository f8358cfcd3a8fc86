#pragma once

#include <espalier/apps/command.h>

namespace espalier::apps {

/// `espalier evaluate`: how good a checkpoint's model is on a data set.
/// It runs while `app` parses; the streams must live until then.
void add_evaluate_command(CLI::App& app, const Streams& streams);

}  // namespace espalier::apps
