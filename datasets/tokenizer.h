#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace espalier::datasets {

/// The words of a sentence, punctuation marks among them.
using Sentence = std::vector<std::string>;

/// English text as people type it, cut into sentences of words. No sentence is empty. Linear time.
///
/// A sentence ends
/// - at `<br>`, `<br/>` and `<br />`, in any case, which are no words themselves;
/// - after a run of . ! ? that is no lone full stop, and at a full stop, together with closing
///   quotes and brackets that follow directly, but not
///   - at the full stop of an abbreviation or an initial: Mr. J. U.S. e.g. (after Jr. etc. and such
///     the sentence ends if an upper-case word follows),
///   - at a full stop directly before a digit or a lower-case letter: 3.5, imdb.com (one directly
///     before an upper-case letter ends the sentence: the space is missing),
///   - at "..." or U+2026 unless an upper-case word follows.
///
/// A word is
/// - a run of letters, digits and non-ASCII characters that are no punctuation, joined by a single
///   hyphen or apostrophe (well-made, O'Brien), and between digits by a . , : or / (7.5/10);
/// - an abbreviation or initials with their full stops: mr. u.s.;
/// - the end of a contraction: do n't, it 's, we 'll, with ' or U+2019;
/// - a run of . ! ? or U+2026 (?!), or of any other mark (--).
///
/// A .. Z are lower-cased. Nothing else is changed or lost, but for white space, tags `<br />`, and
/// control characters: U+0080 .. U+009F are read as the Windows-1252 characters that they were
/// before somebody took them for Latin-1, the others are white space. Line feeds are, too. Other
/// tags are text. Of invalid UTF-8, each byte that is part of no character is a character.
std::vector<Sentence> sentences_of(std::string_view text);

}  // namespace espalier::datasets
