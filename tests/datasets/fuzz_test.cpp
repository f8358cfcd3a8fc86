#include <functional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/datasets/citations.h>
#include <espalier/datasets/conllu.h>
#include <espalier/datasets/listops_text.h>
#include <espalier/datasets/matrix_market.h>
#include <espalier/datasets/polarity.h>
#include <espalier/datasets/reddit.h>
#include <espalier/datasets/reviews.h>
#include <espalier/datasets/sentiment_treebank.h>
#include <espalier/datasets/sick.h>
#include <espalier/datasets/text.h>
#include <espalier/datasets/tokenizer.h>
#include <espalier/datasets/typed_graph.h>
#include <espalier/datasets/word_vectors.h>
#include <espalier/ops/random.h>

#include "tests/datasets/files.h"

namespace espalier::datasets {
namespace {

// Up to three bytes replaced, or the end cut off, or a piece doubled.
std::string damaged(std::string bytes, Rng& rng) {
  const auto place = [&] { return static_cast<std::size_t>(rng.below(bytes.size())); };
  switch (rng.below(4)) {
    case 0:
      return bytes.substr(0, place());
    case 1:
      return bytes.insert(place(), bytes.substr(place(), 8));
    default:
      for (std::uint64_t i = rng.below(3) + 1; i > 0; --i) {
        // Half of the time by a byte of the file, which is more likely to make sense there.
        bytes[place()] = rng.chance(0.5f) ? bytes[place()] : static_cast<char>(rng.below(256));
      }
      return bytes;
  }
}

// Damaged files load or are refused by an error of ours; nothing else happens.
class FuzzTest : public testing::Test {
 protected:
  using Load = std::function<void(const std::filesystem::path& folder)>;

  void fuzz(const std::string& name, const std::string& good, int rounds, const Load& load) {
    folder_.write(name, good);
    load(folder_.path());
    Rng rng(5);
    int num_refused = 0;
    for (int i = 0; i < rounds; ++i) {
      folder_.write(name, damaged(good, rng));
      try {
        load(folder_.path());
      } catch (const Error&) {
        ++num_refused;
      }
    }
    EXPECT_GT(num_refused, rounds / 4);
    EXPECT_LT(num_refused, rounds);
  }

  test::TemporaryFolder folder_;
};

TEST_F(FuzzTest, SentimentTreebank) {
  folder_.write("dev.txt", "(3 Good)\n");
  folder_.write("test.txt", "(3 Good)\n");
  const std::string good =
      "(3 (2 A) (4 (3 fine) (2 day)))\n(1 (0 Caf\xC3\xA9) (2 2\xC2\xA0"
      "3\\/4))\n";
  const Load load = [](const auto& folder) { load_sentiment_treebank(folder); };
  fuzz("train.txt", good, 4000, load);
  fuzz("train.txt", test::gzip(good), 2000, load);
}

TEST_F(FuzzTest, WordVectors) {
  Vocabulary vocabulary;
  for (const char* word : {"A", "fine", "-LRB-", "day"}) vocabulary.add(word);
  const std::string good = "a 0.25 -1e-3 7\nfine 1 2 3\n( -0.5 .5 0\n. . . 4 5 6\n";
  const Load load = [&](const auto& folder) { load_word_vectors(folder / "v", vocabulary); };
  fuzz("v", good, 4000, load);
  fuzz("v", test::gzip(good), 2000, load);
}

TEST_F(FuzzTest, ListOps) {
  const std::string good = "4\t( ( ( [MAX 2 ) ( ( ( [MIN 9 ) 4 ) ] ) ) ] )\n7\t7\n";
  fuzz("l", good, 4000, [](const auto& folder) { load_listops(folder / "l"); });
}

TEST_F(FuzzTest, Sick) {
  for (const std::string part : {"train", "dev", "test"}) {
    std::filesystem::create_directory(folder_.path() / part);
    folder_.write(part + "/sim.txt", "3.5\n");
    for (const char* const side : {"/a.", "/b."}) {
      const std::string begin = part + side;
      folder_.write(begin + "toks", "A man runs fast\n");
      folder_.write(begin + "parents", "2 3 0 3\n");
      folder_.write(begin + "rels", "det nsubj root advmod\n");
      folder_.write(begin + "cparents", "6 6 5 5 7 7 0\n");
    }
  }
  const Load dependency = [](const auto& folder) { load_sick(folder); };
  const Load constituency = [](const auto& folder) {
    load_sick(folder, SickParses::kConstituency);
  };
  fuzz("train/a.parents", "2 3 0 3\n", 2000, dependency);
  folder_.write("train/a.parents", "2 3 0 3\n");
  fuzz("train/b.rels", "det nsubj root advmod\n", 500, dependency);
  folder_.write("train/b.rels", "det nsubj root advmod\n");
  fuzz("train/a.toks", "A man runs fast\n", 500, dependency);
  folder_.write("train/a.toks", "A man runs fast\n");
  fuzz("train/sim.txt", "3.5\n", 500, dependency);
  folder_.write("train/sim.txt", "3.5\n");
  fuzz("train/a.cparents", "6 6 5 5 7 7 0\n", 2000, constituency);
}

TEST_F(FuzzTest, Conllu) {
  const std::string good =
      "# text = don't go\n"
      "1-2\tdon't\t_\t_\t_\t_\t_\t_\t_\t_\n"
      "1\tdo\tdo\tAUX\t_\t_\t3\taux\t_\t_\n"
      "2\tn't\tnot\tPART\t_\t_\t3\tadvmod\t_\t_\n"
      "2.1\tx\tx\tX\t_\t_\t_\t_\t_\t_\n"
      "3\tgo\tgo\tVERB\t_\t_\t0\troot\t_\t_\n"
      "\n";
  const Load load = [](const auto& folder) {
    ConlluVocabularies vocabularies;
    load_conllu(folder / "c", vocabularies);
  };
  fuzz("c", good, 4000, load);
  fuzz("c", test::gzip(good), 2000, load);
}

TEST_F(FuzzTest, Reddit) {
  const std::string good =
      R"({"id":"1a","parent_id":null,"link_id":"t3_1a","author":"u","created_utc":9,)"
      R"("score":-7,"title":"A","body":"B\n\u00e9","subreddit":"C"})"
      "\n"
      R"({"id":"zz","parent_id":"t3_1a","link_id":"t3_1a","author":null,"created_utc":"10",)"
      R"("score":1,"body":"[deleted]"})"
      "\n";
  const auto read = [](const RedditOptions& options) {
    return [options](const auto& folder) {
      RedditReader reader(folder / "r", options);
      while (const auto thread = reader.next()) {
        ReplyGraph(thread->replies(), {.orphans = ReplyTreatment::kDrop}, thread->id);
      }
    };
  };
  fuzz("r", good, 4000, read({}));
  fuzz("r", test::gzip(good), 2000, read({.interleaved = true}));
  fuzz("r", test::zstd(good), 2000, read({.skip_damaged = true}));
}

TEST_F(FuzzTest, Reviews) {
  const std::string good = "a\t1\t8\ttt\tOk.\nb\t0\t2\ttt\tNo<br />\n";
  folder_.write("test.tsv.gz", good);
  const Load load = [](const auto& folder) { load_reviews(folder); };
  fuzz("train.tsv.gz", good, 4000, load);
  fuzz("train.tsv.gz", test::gzip(good), 2000, load);
}

TEST_F(FuzzTest, Polarity) {
  const std::string good =
      "# id=neg/1 fold=1 label=0 sentences=2\na b\nc\n\n"
      "# id=pos/2 fold=10 label=1 sentences=1\nd e\n\n";
  const Load load = [](const auto& folder) {
    const PolarityReviews reviews = load_polarity_reviews(folder);
    for (int fold = 1; fold <= kNumPolarityFolds; ++fold) polarity_fold(reviews, fold);
  };
  fuzz("polarity.txt.gz", good, 4000, load);
  fuzz("polarity.txt.gz", test::gzip(good), 2000, load);
}

TEST_F(FuzzTest, Text) {
  const std::string good = "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\n\xC3\xA9\xC3\xA9\n";
  const Load load = [](const auto& folder) { load_text(folder / "t"); };
  fuzz("t", good, 4000, load);
  fuzz("t", test::gzip(good), 2000, load);
}

TEST_F(FuzzTest, TypedGraph) {
  const std::string graph =
      R"({"format": "espalier typed graph 1", "node_types": [{"name": "p", "count": 3}],
 "edge_types": [{"name": "c", "source": "p", "target": "p", "file": "c.tsv"}],
 "target": "p", "classes": ["a", "b"], "features": {"file": "f.tsv", "form": "sparse", "count": 3},
 "labels": "l.tsv", "split": "s.tsv", "meta_paths": ["p>p", "p>(~c)p"]})"
      "\n";
  const std::string edges = "0\t1\t0.5\n2\t0\t1e3\n", features = "0:1 2:0.5\n\n1:3\n";
  const std::string labels = "0\ta\n2\tb\n", split = "2\ttrain\n0\tdev\n";
  folder_.write("graph.json", graph);
  folder_.write("c.tsv", edges);
  folder_.write("f.tsv", features);
  folder_.write("l.tsv", labels);
  folder_.write("s.tsv", split);
  const Load load = [](const auto& folder) { load_typed_graph(folder); };
  for (const auto& [name, good] :
       {std::pair("graph.json", graph), std::pair("c.tsv", edges), std::pair("f.tsv", features),
        std::pair("l.tsv", labels), std::pair("s.tsv", split)}) {
    fuzz(name, good, 1000, load);
    folder_.write(name, good);
  }
}

TEST_F(FuzzTest, Citations) {
  const std::string nodes = "#node\tlabel\tsplit\n0\t1\ttrain\n1\t-1\tnone\n2\t0\tval\n";
  folder_.write("edges.tsv", "0\t2\n1\t1\n");
  folder_.write("features.tsv", "0 4\n\n4\n");
  fuzz("nodes.tsv", nodes, 1000, [](const auto& folder) { load_citations(folder); });
}

TEST_F(FuzzTest, MatrixMarket) {
  const std::string good =
      "%%MatrixMarket matrix coordinate real symmetric\n3 3 3\n1 1 2\n3 1 -5e-1\n3 2 6\n";
  fuzz("m", good, 2000, [](const auto& folder) { load_matrix_market(folder / "m"); });
}

// Any bytes at all can be cut into sentences.
TEST_F(FuzzTest, Tokenizer) {
  const std::string good =
      "Mr. J. R. Smith's \xC2\x93Plan B\xC2\x94 didn't work... <br />It cost $3.50! "
      "U.S.A.\xE2\x80\xA6";
  Rng rng(6);
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = damaged(damaged(good, rng) + ".'", rng);
    for (const Sentence& sentence : sentences_of(text)) ASSERT_FALSE(sentence.empty());
  }
}

}  // namespace
}  // namespace espalier::datasets
