#include <espalier/apps/settings.h>

#include <CLI/CLI.hpp>

#include <espalier/apps/option_checks.h>

namespace espalier::apps {

void add_settings(CLI::App& command, Settings& settings) {
  const auto count = [&](const char* name, auto& value, const char* help) {
    command.add_option(name, value, help)->type_name("N")->check(at_least(1));
  };
  const auto number = [&](const char* name, auto& value, double greatest, const char* help) {
    command.add_option(name, value, help)->type_name("X")->check(between(0.0, greatest));
  };
  count("--epochs", settings.epochs, "Times through the training examples");
  count("--batch-size", settings.batch_size, "Examples in a step");
  count("--hidden", settings.hidden_size, "Hidden size; of each direction, if there are two");
  count("--input-size", settings.input_size,
        "Size of a word vector [with --vectors theirs]; what pretrained vectors leave over is "
        "learnt from random numbers");
  count("--layers", settings.num_layers, "Recurrent layers on top of each other");
  command.add_flag("--bidirectional", settings.bidirectional, "Read from both ends");
  command.add_flag("--peephole", settings.peephole, "lstm: the gates see the memory cell");
  command.add_flag("--coupled", settings.coupled, "lstm: the input gate is 1 - forget gate");
  command
      .add_option(
          "--forget-bias", settings.forget_bias,
          "lstm: what the forget gates' bias begins with; the longer a memory is to last, the "
          "more [1, adding 3]")
      ->type_name("X")
      ->check(between(-100.0, 100.0));
  command
      .add_option(
          "--chrono", settings.chrono_steps,
          "lstm, gru: begin with gates that remember for 1 to N steps, each unit its own "
          "time (chrono initialisation, in place of --forget-bias) [none; copy: delay + 20]")
      ->type_name("N")
      ->check(at_least(2))
      ->excludes("--forget-bias");
  command
      .add_option("--states", settings.states,
                  "graph-lstm-reply: what a comment is classified by: states from before it "
                  "(forward), from after it (backward), both, or none, its own words and features "
                  "alone [both]")
      ->check(CLI::IsMember({"forward", "backward", "both", "none"}));
  command
      .add_option("--edges", settings.edges,
                  "graph-lstm-reply: states travel along replies and siblings (both), replies "
                  "alone (hierarchical), or from each comment to the next in time (chain) [both]")
      ->check(CLI::IsMember({"both", "hierarchical", "chain"}));
  command
      .add_option("--readout", settings.readout,
                  "graph-lstm-reply: one softmax over all classes, or above-or-not for each level "
                  "[classes]")
      ->check(CLI::IsMember({"classes", "levels"}));
  command.add_flag(
      "--tanh-candidate", settings.tanh_candidate,
      "graph-lstm-reply: tanh of what enters the memory cell, not linear as published");
  command.add_flag("--trained-null", settings.trained_null,
                   "graph-lstm-reply: learn what is read where there is no comment; else zeros");
  number("--learning-rate", settings.learning_rate, 1e6, "Of the network");
  number("--learning-rate-decay", settings.rate_decay, 1.0,
         "Factor on the learning rates from one epoch to the next");
  number("--embedding-learning-rate", settings.embedding_learning_rate, 1e6,
         "Of the word vectors, by plain gradient descent; with Adam they learn as all else does. "
         "0: they stay as they are");
  number("--l2", settings.l2, 1e6, "Weight of the L2 penalty");
  number("--clip", settings.clip, 1e6, "Greatest norm of all gradients together [0: no limit]");
  number("--dropout", settings.dropout, 0.99, "Part of the values that are left out in training");
  command.add_flag(
      "--baselines", settings.baselines,
      "Train the model's baselines on the same data first, and show their test metrics");
  command
      .add_option("--vectors", settings.vectors,
                  "Pretrained word vectors in GloVe's text format, plain or gzip")
      ->type_name("FILE");
}

}  // namespace espalier::apps
