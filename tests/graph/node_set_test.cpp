#include <espalier/graph/internal/node_set.h>

#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace espalier::detail {
namespace {

// Few of many and most of few, so that both ways of sorting are taken.
TEST(NodeSetTest, IsASetThatIsEmptyOnceItIsMoved) {
  std::mt19937 random(1);
  NodeSet set;
  for (const NodeId size : {1u, 63u, 64u, 65u, 4097u, 300'000u}) {
    set.resize(size);
    for (const NodeId tries : {NodeId{0}, NodeId{1}, NodeId{20}, size / 2}) {
      for (const bool sorted : {false, true}) {
        std::set<NodeId> expected;
        std::vector<NodeId> in_order, moved = {7};
        for (NodeId i = 0; i < tries; ++i) {
          const NodeId node = i == 0 ? size - 1 : static_cast<NodeId>(random() % size);
          const bool is_new = expected.insert(node).second;
          EXPECT_EQ(set.insert(node), is_new);
          if (is_new) in_order.push_back(node);
        }
        if (tries > 1) {
          set.erase(in_order.front());
          set.erase(in_order.front());  // It is not there any more.
          expected.erase(in_order.front());
          in_order.erase(in_order.begin());
        }
        if (sorted) {
          in_order.assign(expected.begin(), expected.end());
          set.move_sorted_to(moved);
        } else {
          set.move_to(moved);
        }
        EXPECT_EQ(moved, in_order);
        set.move_to(moved);
        EXPECT_TRUE(moved.empty());
      }
    }
  }
}

}  // namespace
}  // namespace espalier::detail
