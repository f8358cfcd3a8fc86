#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/data/labelled_tree.h>

namespace espalier::datasets {

/// A tree of ListOps (listops.h) as a line of the published files: the value, a tab, and the binary
/// parse, every piece of it surrounded by single spaces: "9<tab>( ( ( [MAX 2 ) 9 ) ] )".
std::string to_listops_line(const LabelledTree& tree);

/// The tree of one expression: such a line, or the tokens alone, separated by spaces:
/// "[MAX 2 9 ]". `where` is where `text` begins. Throws ParseError as load_listops does.
LabelledTree parse_listops(std::string_view text, const TextPosition& where);

/// The expressions of a file of such lines, plain or compressed by gzip; an expression that is a
/// mere digit is a tree of one node. Words are those of listops_vocabulary().
///
/// Throws FileError and ParseError as LineReader does, and ParseError at an empty file, tokens that
/// are no expression, brackets that are not its parse, and a label that is not its value.
std::vector<LabelledTree> load_listops(const std::filesystem::path& path);

/// Writes such a file, over an older one. Throws FileError if that fails.
void save_listops(const std::filesystem::path& path, std::span<const LabelledTree> trees);

}  // namespace espalier::datasets
