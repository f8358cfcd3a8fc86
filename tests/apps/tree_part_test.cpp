#include <espalier/apps/pictures/tree_part.h>

#include <vector>

#include <gtest/gtest.h>

namespace espalier::apps {
namespace {

using Nodes = std::vector<NodeId>;
using Flags = std::vector<bool>;

// 0 has the children 1 and 4; 1 has 2 and 3; 4 has 5.
Tree tree() { return Tree::from_parents(Nodes{kNoNode, 0, 1, 1, 0, 4}); }

TEST(TreePartTest, IsTheWholeOfASmallTree) {
  const TreePart part = upper_part(tree(), 6);
  EXPECT_EQ(part.nodes, (Nodes{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(part.is_cut, Flags(6, false));
}

TEST(TreePartTest, KeepsWhatIsNearestToTheRoot) {
  const TreePart part = upper_part(tree(), 4);
  EXPECT_EQ(part.nodes, (Nodes{0, 1, 2, 4}));
  EXPECT_EQ(part.is_cut, (Flags{false, true, false, true}));
  EXPECT_EQ(part.tree.parent(2), 1u);
  EXPECT_EQ(part.tree.parent(3), 0u);
  EXPECT_EQ(upper_part(tree(), 1).is_cut, Flags{true});
}

}  // namespace
}  // namespace espalier::apps
