#pragma once

#include <espalier/ops/variable.h>

namespace espalier {

/// Is this thread training? Only then does Dropout drop. A thread that has said nothing is
/// evaluating: what it asks a model is answered alike each time. Whether anything is recorded is
/// another question; see is_recording().
bool is_training();

/// While one is alive, this thread is training. training::Trainer says so for a step's loss; a loop
/// of one's own must.
class Training {
 public:
  Training();
  ~Training();
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

 private:
  bool before_;
};

/// While one is alive, this thread is evaluating.
class Evaluating {
 public:
  Evaluating();
  ~Evaluating();
  Evaluating(const Evaluating&) = delete;
  Evaluating& operator=(const Evaluating&) = delete;

 private:
  bool before_;
};

/// Both of what an answer wants: evaluating, and nothing recorded.
class Answering {
 private:
  Evaluating evaluating_;
  NoRecording no_recording_;
};

}  // namespace espalier
