#include <espalier/apps/commands/train_report.h>

#include <algorithm>
#include <csignal>

#include <espalier/base/error.h>

namespace espalier::apps {
namespace {

void write_metrics(std::ostream& out, const training::Metrics& metrics) {
  for (const auto& [name, value] : metrics) out << "  " << name << ' ' << value;
  out << '\n';
}

std::size_t num_parameters(const training::Task& task) {
  std::size_t sum = 0;
  for (const NamedParameter& p : task.parameters()) sum += p.variable.value().size();
  return sum;
}

// A word as a shell takes it.
std::string quoted(const std::string& word) {
  const auto is_plain = [](char c) {
    return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') ||
           std::string_view("_-./=:,+@%").find(c) != std::string_view::npos;
  };
  if (!word.empty() && std::ranges::all_of(word, is_plain)) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + '\'';
}

}  // namespace

void report_plan(std::ostream& out, Experiment& experiment, const RunPlan& plan) {
  const training::Settings settings = experiment.task().settings();
  const auto setting = [&](const char* name) {
    const auto found = settings.find(name);
    return found == settings.end() ? std::string("unknown") : found->second;
  };
  const auto [train, dev, test] = experiment.sizes;
  out << "model        " << plan.model << ", " << num_parameters(experiment.task())
      << " parameters\n"
      << "data         " << plan.dataset << ": " << train << " examples to train on, " << dev
      << " dev, " << test << " test\n"
      << "optimiser    " << setting("optimizer") << ", learning rate " << setting("learning rate")
      << ", batches of " << experiment.batch_size << ", at most " << experiment.epochs
      << " epochs\n"
      << "in force     " << plan.options << ", seed " << plan.seed << ", threads " << plan.threads
      << '\n'
      << std::flush;
}

void report_baseline(std::ostream& out, std::string_view name, const training::Metrics& test) {
  out << "baseline    " << name << "\ntest      ";
  write_metrics(out, test);
}

void report_result(std::ostream& out, const training::TrainingResult& result,
                   const std::filesystem::path& checkpoint) {
  double seconds = 0.0;
  double nodes = 0.0;
  for (const training::EpochReport& epoch : result.epochs) {
    seconds += epoch.seconds;
    nodes += epoch.seconds * epoch.nodes_per_second;
  }
  if (result.best_epoch > 0) {
    out << "best epoch  " << result.best_epoch << " of " << result.epochs.size()
        << (result.stopped_early ? ", stopped early\n" : "\n") << "dev       ";
    write_metrics(out, result.epochs[result.best_epoch - 1].dev);
  }
  out << "test      ";
  write_metrics(out, result.test);
  out << "time        " << seconds << " s of training, "
      << static_cast<std::uint64_t>(seconds > 0.0 ? nodes / seconds : 0.0) << " nodes/s\n"
      << "checkpoint  "
      << (checkpoint.empty() ? "none; --checkpoint FILE keeps the model" : checkpoint.string())
      << '\n';
}

std::string how_to_go_on(int signal, const std::filesystem::path& checkpoint,
                         std::span<const std::string> words) {
  const char* const name = signal == SIGTERM ? "SIGTERM" : "SIGINT";
  if (checkpoint.empty()) {
    return message("ended by ", name, "; nothing was kept, as there is no --checkpoint FILE");
  }
  std::string command = "espalier";
  for (const std::string& word : words) {
    if (word != "--resume" && word != "--overwrite") command += ' ' + quoted(word);
  }
  return message("ended by ", name, "; the state is saved in ", checkpoint.string(),
                 ". To go on:\n  ", command, " --resume");
}

}  // namespace espalier::apps
