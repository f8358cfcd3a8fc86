#pragma once

#include <span>

#include <espalier/base/memory.h>
#include <espalier/graph/node.h>
#include <espalier/graph/schedule.h>
#include <espalier/graph/structure.h>

namespace espalier {

/// In which direction the steps of a sequence are read.
enum class Direction {
  kForward,   ///< Step t reads step t - 1.
  kBackward,  ///< Step t reads step t + 1; the last step reads none, however long the others are.
};

/// Sequences of any lengths side by side: the steps of sequence s are the nodes first(s) ..
/// first(s + 1) - 1, in order. No padding. Immutable: any number of threads may read it.
///
/// How inputs and states are read is the caller's choice. Many to many: a row of input and of
/// state for every node. Many to one: the states at last_read(). One to many: inputs for
/// first_read() alone, or an initial state in their place.
class SequenceBatch {
 public:
  /// Throws GraphError if there are more steps than ids can number.
  explicit SequenceBatch(std::span<const NodeId> lengths);

  NodeId num_sequences() const { return static_cast<NodeId>(offsets_.size() - 1); }
  NodeId num_nodes() const { return static_cast<NodeId>(offsets_.back()); }
  /// Sequence s's first node; s = num_sequences() gives num_nodes().
  NodeId first(NodeId s) const { return static_cast<NodeId>(offsets_[s]); }
  NodeId length(NodeId s) const { return first(s + 1) - first(s); }

  /// first(0) .. first(num_sequences()): segments, as the operations of ops/segment.h take them.
  std::span<const EdgeId> offsets() const { return offsets_; }

  /// The step at which reading in a direction begins, and at which it ends, for every sequence;
  /// kNoNode for an empty one.
  std::span<const NodeId> first_read(Direction direction) const {
    return direction == Direction::kForward ? first_steps_ : last_steps_;
  }
  std::span<const NodeId> last_read(Direction direction) const {
    return direction == Direction::kForward ? last_steps_ : first_steps_;
  }

  /// Who reads whom: one relation, "previous", the step before in the direction of reading.
  Structure structure(Direction direction) const;

 private:
  PoolVector<EdgeId> offsets_;
  PoolVector<NodeId> first_steps_, last_steps_;
};

/// The schedule in time-major order: wavefront t is the t-th step read of every sequence that has
/// one. Equal to Schedule(sequences.structure(direction)), at a fraction of its cost: where
/// everything stands is known beforehand.
Schedule schedule(const SequenceBatch& sequences, Direction direction);

}  // namespace espalier
