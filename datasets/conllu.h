#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include <espalier/data/labelled_tree.h>
#include <espalier/data/vocabulary.h>

namespace espalier::datasets {

/// What the words of a treebank are numbered by; one for its train, dev and test files together.
struct ConlluVocabularies {
  Vocabulary forms;      ///< The words as they stand in the text, with their case.
  Vocabulary tags;       ///< Universal parts of speech, column UPOS: "NOUN".
  Vocabulary relations;  ///< Column DEPREL, subtypes included: "nsubj:pass".
};

/// A sentence and its basic dependency tree: node v is word v, so that nodes are in the order of
/// the words. The tree need not be projective.
struct ConlluSentence {
  LabelledTree tree;                     ///< Words are forms; labels are tags, kNoLabel for "_".
  std::vector<std::uint32_t> relations;  ///< Of each word to its head.
};

/// The sentences of a file in the CoNLL-U format of Universal Dependencies (Nivre et al.,
/// "Universal Dependencies v2: An Evergrowing Multilingual Treebank Collection", LREC 2020), plain
/// or compressed by gzip. What `vocabularies` do not hold yet is added to them.
///
/// Surface tokens that span several words (ids such as 3-4) and the empty nodes of the enhanced
/// graph (8.1) are checked but are no nodes of the tree; of the columns, ID, FORM, UPOS, HEAD and
/// DEPREL are read, and comments are not.
///
/// Throws FileError and ParseError as LineReader does, and ParseError at a file without sentences,
/// lines that have not ten columns, all filled, ids out of their order, heads that are no tree, a
/// word without relation, a comment within a sentence, a sentence without words, and one that no
/// empty line ends.
std::vector<ConlluSentence> load_conllu(const std::filesystem::path& path,
                                        ConlluVocabularies& vocabularies);

}  // namespace espalier::datasets
