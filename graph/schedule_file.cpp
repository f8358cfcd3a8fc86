// Schedule::save and Schedule::load.

#include <algorithm>
#include <array>
#include <bit>
#include <istream>
#include <ostream>

#include <espalier/base/error.h>
#include <espalier/graph/schedule.h>

namespace espalier {
namespace {

static_assert(std::endian::native == std::endian::little, "schedules are written as they lie");

constexpr std::array<char, 8> kMagic = {'E', 'S', 'P', 'S', 'C', 'H', 'D', '1'};

template <class T>
void put(std::ostream& out, const T& value) {
  out.write(reinterpret_cast<const char*>(&value), sizeof(T));
}

template <class Range>
void put_all(std::ostream& out, const Range& values) {
  put(out, std::uint64_t{values.size()});
  out.write(reinterpret_cast<const char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(values[0])));
}

class Reader {
 public:
  Reader(std::istream& in, const std::string& source) : in_(in), source_(source) {}

  [[noreturn]] void fail(std::string_view what) const { throw ParseError({source_, 0, 0}, what); }

  void expect(bool sound, std::string_view what) const {
    if (!sound) fail(what);
  }

  template <class T>
  T get() {
    T value;
    read(&value, sizeof(T));
    return value;
  }

  // In pieces, so that a damaged length asks for no more memory than there is file.
  template <class Container>
  Container get_all() {
    const auto size = get<std::uint64_t>();
    Container values;
    constexpr std::uint64_t kPiece = 1 << 16;
    while (values.size() < size) {
      const std::size_t begin = values.size();
      values.resize(begin + static_cast<std::size_t>(std::min(kPiece, size - begin)));
      read(values.data() + begin, (values.size() - begin) * sizeof(values[0]));
    }
    return values;
  }

 private:
  void read(void* to, std::size_t num_bytes) {
    in_.read(static_cast<char*>(to), static_cast<std::streamsize>(num_bytes));
    if (!in_) fail("the schedule is cut short");
  }

  std::istream& in_;
  const std::string& source_;
};

}  // namespace

void Schedule::save(std::ostream& out) const {
  put(out, kMagic);
  put_all(out, plan_->nodes);
  put(out, std::uint64_t{plan_->num_wavefronts});
  put(out, std::uint64_t{plan_->num_lanes});
  put_all(out, plan_->bounds);
  put(out, std::uint64_t{plan_->relations.size()});
  for (const ScheduledRelation& relation : plan_->relations) {
    put_all(out, relation.name);
    put(out, static_cast<std::uint8_t>(relation.reads));
    put_all(out, relation.offsets);
    put_all(out, relation.predecessors);
  }
}

Schedule Schedule::load(std::istream& in, const std::string& source) {
  Reader reader(in, source);
  reader.expect(reader.get<std::array<char, 8>>() == kMagic, "not a schedule");
  const auto nodes = reader.get_all<PoolVector<NodeId>>();
  const auto num_wavefronts = reader.get<std::uint64_t>();
  const auto num_lanes = reader.get<std::uint64_t>();
  const auto bounds = reader.get_all<PoolVector<NodeId>>();
  const auto num_relations = reader.get<std::uint64_t>();
  const auto n = static_cast<NodeId>(nodes.size());

  // The relations in the caller's node order; the order of computation is found anew from them,
  // which is as fast as checking a stored one, and must give what was stored.
  std::vector<Relation> relations;
  for (std::uint64_t r = 0; r < num_relations; ++r) {
    Relation by_row;
    by_row.name = reader.get_all<std::string>();
    const auto reads = reader.get<std::uint8_t>();
    reader.expect(reads <= 1, "a relation of no known kind");
    by_row.reads = static_cast<Reads>(reads);
    by_row.offsets = reader.get_all<PoolVector<EdgeId>>();
    by_row.predecessors = reader.get_all<PoolVector<NodeId>>();
    relations.push_back(std::move(by_row));
  }
  try {
    const Structure rows(n, std::move(relations));  // Checks offsets and ids.
    PoolVector<NodeId> row_of(n, kNoNode);
    for (NodeId row = 0; row < n; ++row) {
      reader.expect(nodes[row] < n && row_of[nodes[row]] == kNoNode, "a node id stands twice");
      row_of[nodes[row]] = row;
    }
    std::vector<Relation> by_node;
    for (const Relation& from : rows.relations()) {
      Relation to{.name = from.name, .reads = from.reads, .offsets = {}, .predecessors = {}};
      to.offsets.push_back(0);
      for (NodeId v = 0; v < n; ++v) {
        for (const NodeId p : from.of(row_of[v])) to.predecessors.push_back(nodes[p]);
        to.offsets.push_back(to.predecessors.size());
      }
      by_node.push_back(std::move(to));
    }
    Schedule loaded(Structure(n, std::move(by_node)));
    reader.expect(loaded.plan_->nodes == nodes && loaded.num_wavefronts() == num_wavefronts &&
                      loaded.num_lanes() == num_lanes && loaded.plan_->bounds == bounds,
                  "the stored order is not that of its relations");
    return loaded;
  } catch (const GraphError& error) {
    reader.fail(error.what());
  }
}

}  // namespace espalier
