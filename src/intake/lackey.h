// What Valgrind's lackey prints with --trace-mem=yes: every memory reference of a program.
//
//   ==13516== Lackey, an example Valgrind tool     Valgrind's own lines: passed over
//   I  0401ab70,3                                  an instruction of 3 bytes was fetched at 0x401ab70
//    S 1fff000618,8                                8 bytes were stored
//    L 04032ef8,8                                  8 bytes were loaded
//    M 04033e06,1                                  1 byte was loaded and stored again: two accesses
//
// The text comes in pieces of any length, cut anywhere; nothing but an unfinished line is kept. Program output may
// stand in between, as both go to stderr. A line that begins like a reference and is none is torn; any other strange
// line is foreign. Both are counted, with the place of the first, and passed over.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace mmscope {

struct MemoryReference {
    enum class Kind : u8 { fetch, load, store, modify };
    u64 address = 0;
    u16 size = 0;  // bytes, 1 and up; the last byte lies in the address space too
    Kind kind = Kind::fetch;
    friend bool operator==(const MemoryReference&, const MemoryReference&) = default;
};
inline constexpr u32 kMemoryReferenceKinds = 4;

// Whether a text begins as such a trace does: with Valgrind's heading, or with references, program output in between.
bool is_lackey(std::string_view text);

class LackeyReader {
public:
    struct Oddities {
        u64 count = 0;
        Diagnostic first;  // line 0 if there is none
    };

    // Appends the references of the next piece of the text.
    void read(std::string_view piece, std::vector<MemoryReference>* references);
    // At the end of the text: its last line, if no newline closes it.
    void finish(std::vector<MemoryReference>* references);

    u64 count(MemoryReference::Kind kind) const { return counts_[static_cast<u32>(kind)]; }
    u64 references() const { return counts_[0] + counts_[1] + counts_[2] + counts_[3]; }
    const Oddities& torn() const { return torn_; }
    const Oddities& foreign() const { return foreign_; }

private:
    void read_line(std::string_view line, std::vector<MemoryReference>* references);
    void note(Oddities* oddities, std::string_view key, std::string_view line, std::size_t at);
    void keep(std::string_view part);

    std::string
        unfinished_;  // the beginning of a line that the next piece goes on with; no more of it than tells what it is
    u32 line_ = 0;
    u64 counts_[kMemoryReferenceKinds] = {};
    Oddities torn_;
    Oddities foreign_;
};

}  // namespace mmscope
