// What did somebody paste? Cuts text into the files it is made of, by content and never by name.
//
// Several files may come together, in any order, with shell prompts, commands or other lines between. A piece
// is a run of lines of one kind; lines of no kind inside a piece stay in it (its parser passes over and reports
// them), between two kinds they are a piece of their own. A script runs on until a /proc file begins outside
// its heredocs. Nothing is parsed here: a piece may still be cut off or wrong.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace mmscope {

enum class PieceKind : u8 { unknown, zoneinfo, buddyinfo, pagetypeinfo, slabinfo, script };
inline constexpr const char* kPieceNames[] = {"text", "zoneinfo", "buddyinfo", "pagetypeinfo", "slabinfo", "script"};

struct Piece {
    PieceKind kind = PieceKind::unknown;
    u32 first_line = 0;     // from 1
    u32 lines = 0;
    std::string_view text;  // into the pasted text
};

inline constexpr u32 kMostPastedBytes = 1U << 20;

// Blank text gives no pieces. More than kMostPastedBytes is refused before a single byte is looked at.
Result<std::vector<Piece>> recognise(std::string_view text);

// A whole file that records what a kernel did, which may be far larger than what somebody pastes.
enum class CaptureKind : u8 { none, golden, module_capture, kernel_dumps, page_trace, lackey };

// By how the text begins, of which at most a few kilobytes are looked at; the golden format, that a log may surround,
// is sought in all of a text that is nothing else.
CaptureKind capture_kind(std::string_view text);

}  // namespace mmscope
