#pragma once

#include <espalier/apps/command.h>

namespace espalier::apps {

/// `espalier train`: trains a model, and keeps it in a checkpoint.
/// It runs while `app` parses; the streams must live until then.
void add_train_command(CLI::App& app, const Streams& streams);

}  // namespace espalier::apps
