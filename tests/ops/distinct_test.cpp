#include <espalier/ops/distinct.h>

#include <algorithm>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/ops/random.h>

namespace espalier {
namespace {

using Ids = std::vector<std::uint32_t>;

TEST(DistinctTest, KeepsTheOrderOfFirstOccurrence) {
  const Distinct d = distinct(Ids{7, 3, 7, 0, 3, 7});
  EXPECT_EQ(Ids(d.values.begin(), d.values.end()), (Ids{7, 3, 0}));
  EXPECT_EQ(Ids(d.places.begin(), d.places.end()), (Ids{0, 1, 0, 2, 1, 0}));
}

TEST(DistinctTest, TakesNothingAndTheGreatestId) {
  EXPECT_TRUE(distinct({}).values.empty());
  const std::uint32_t greatest = std::numeric_limits<std::uint32_t>::max();
  const Distinct d = distinct(Ids{greatest, greatest, 0});
  EXPECT_EQ(Ids(d.values.begin(), d.values.end()), (Ids{greatest, 0}));
}

// Few and many different ids, and such as collide in any table of a power of two.
TEST(DistinctTest, AgreesWithASearchOnRandomIds) {
  Rng rng(1);
  for (const std::uint64_t bound : {1u, 5u, 1000u, 1u << 31}) {
    for (const std::uint32_t step : {1u, 1u << 16}) {
      Ids ids(500);
      for (std::uint32_t& id : ids) id = static_cast<std::uint32_t>(rng.below(bound)) * step;
      const Distinct d = distinct(ids);
      Ids expected;
      for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto found = std::ranges::find(expected, ids[i]);
        EXPECT_EQ(d.places[i], static_cast<std::uint32_t>(found - expected.begin()));
        if (found == expected.end()) expected.push_back(ids[i]);
      }
      EXPECT_EQ(Ids(d.values.begin(), d.values.end()), expected);
    }
  }
}

}  // namespace
}  // namespace espalier
