// Entries of x86 page tables, and where the tables of a machine are kept.
//
//   x86_64       PML4[47:39] > PDPT[38:30] > PD[29:21] > PT[20:12] > offset      512 entries of 8 bytes, (PML5[56:48]
//   >) x86_32_pae                 PDPT[31:30] > PD[29:21] > PT[20:12] > offset      8 bytes, 4 of them in the PDPT
//   x86_32                                   PD[31:22] > PT[21:12] > offset      1,024 entries of 4 bytes, no NX
//
// A level is a height above the page: 0 is the PT, the table whose entries are pages of 4 KiB. A table fills one frame
// of the machine; what stands in it is kept in a slot of TableStore, and the frame knows its slot. Left out: the
// kernel's half of a process's tables, protection keys, the bits that software keeps for itself. (arch/x86/include/asm)
#pragma once

#include <string_view>
#include <vector>

#include "base/types.h"
#include "mm/profile.h"
#include "mm/swap_entry.h"

namespace mmscope {

namespace entry_bit {
inline constexpr u64 kPresent = 1, kWrite = 2, kUser = 4, kWriteThrough = 8, kCacheDisable = 0x10, kAccessed = 0x20,
                     kDirty = 0x40, kLarge = 0x80, kGlobal = 0x100, kSpecial = 0x200;
inline constexpr u64 kProtNone = 0x100;  // where P is clear: the page is there, and nobody may use it
inline constexpr u64 kSwapExclusive = 8, kSwapExclusive32 = 0x80;  // of a swap entry: nobody else has the page
inline constexpr u64 kNoExecute = u64{1} << 63;
inline constexpr u64 kFrameMask = 0x000ffffffffff000ULL;
inline constexpr u64 kTable = kPresent | kWrite | kUser | kAccessed | kDirty;  // _PAGE_TABLE: the leaf alone decides
}  // namespace entry_bit

// One entry. Four-byte entries are the same without the upper half.
struct PageEntry {
    u64 bits = 0;

    static PageEntry of(Pfn pfn, u64 flags) { return {u64{pfn.value} << kPageShift | flags}; }
    // A page that is on swap (x86-64): type in bits 63:59, the inverted offset in 58:9, P clear.
    static PageEntry swapped(u32 type, u64 offset) {
        return {u64{type} << 59 | ((~offset << 9) & 0x07fffffffffffe00ULL)};
    }

    bool is_none() const { return bits == 0; }
    bool has(u64 flag) const { return (bits & flag) != 0; }
    // To the processor.
    bool is_present() const { return has(entry_bit::kPresent); }
    // To the kernel: a frame belongs to it (pte_present).
    bool has_page() const { return has(entry_bit::kPresent | entry_bit::kProtNone); }
    bool is_swap() const { return !is_none() && !has_page(); }
    bool is_zero_page() const { return has_page() && has(entry_bit::kSpecial); }
    Pfn pfn() const { return {static_cast<u32>((bits & entry_bit::kFrameMask) >> kPageShift)}; }
    u64 flags() const { return bits & ~entry_bit::kFrameMask; }
    u32 swap_type() const { return static_cast<u32>(bits >> 59); }
    u64 swap_offset() const { return (~bits & 0x07fffffffffffe00ULL) >> 9; }
    // P RW US A D PS G NX, from bit 0: what a picture and an event say of it.
    u8 summary() const {
        return static_cast<u8>((bits & 7) | (bits >> 2 & 0x18) | (bits >> 2 & 0x60) | (bits >> 56 & 0x80));
    }
    friend bool operator==(const PageEntry&, const PageEntry&) = default;
};
inline constexpr std::string_view kEntryFlagNames[] = {"P", "RW", "US", "A", "D", "PS", "G", "NX"};  // of summary()

// How an address is cut into indices.
struct PagingMode {
    u8 levels = 4;
    u8 index_bits = 9;
    u8 entry_bytes = 8;
    u8 address_bits = 48;  // of a canonical address, sign included; 32 where there is no sign
    bool has_nx = true;

    u32 shift(u32 height) const { return kPageShift + index_bits * height; }
    u64 span(u32 height) const { return u64{1} << shift(height); }  // bytes that one entry covers
    u32 entries() const { return kPageSize / entry_bytes; }
    // A page that is on swap: PageEntry::swapped, or with four bytes the type in bits 5:1 and the offset in 31:9.
    PageEntry swap_entry(SwapEntry entry, bool is_exclusive) const {
        if (entry_bytes == 4)
            return {u64{entry.slot()} << 9 | entry.area() << 1 | (is_exclusive ? entry_bit::kSwapExclusive32 : 0)};
        const PageEntry page = PageEntry::swapped(entry.area(), entry.slot());
        return {page.bits | (is_exclusive ? entry_bit::kSwapExclusive : 0)};
    }
    SwapEntry swap_of(PageEntry entry) const {
        if (entry_bytes == 4)
            return SwapEntry::of(static_cast<u32>(entry.bits >> 1 & 31), static_cast<u32>(entry.bits >> 9));
        return SwapEntry::of(entry.swap_type(), static_cast<u32>(entry.swap_offset()));
    }
    u64 swap_exclusive() const {
        return entry_bytes == 4 ? entry_bit::kSwapExclusive32 : entry_bit::kSwapExclusive;
    }
    u32 index(u64 address, u32 height) const { return static_cast<u32>(address >> shift(height)) & (entries() - 1); }
    bool is_canonical(u64 address) const {
        const u64 upper = address >> (address_bits - 1);
        return address_bits == 32 ? address >> 32 == 0 : upper == 0 || upper == (u64{1} << (65 - address_bits)) - 1;
    }
    friend bool operator==(const PagingMode&, const PagingMode&) = default;
};
inline constexpr u32 kMostTableLevels = 5;
inline constexpr std::string_view kTableLevelNames[kMostTableLevels] = {"PT", "PD", "PDPT", "PML4", "PML5"};

enum class FiveLevels : u8 { no, yes };  // CR4.LA57, x86_64 only
constexpr PagingMode paging_mode(Arch arch, FiveLevels five_levels = FiveLevels::no) {
    if (arch == Arch::x86_32) return {2, 10, 4, 32, false};
    if (arch == Arch::x86_32_pae) return {3, 9, 8, 32, true};
    return five_levels == FiveLevels::yes ? PagingMode{5, 9, 8, 57, true} : PagingMode{4, 9, 8, 48, true};
}

// The contents of every page table of a machine, 4 KiB each, byte for byte as in their frames.
class TableStore {
public:
    u32 take(Pfn pfn, u32 height);  // an empty table in this frame; its slot
    void give_back(u32 slot);

    Pfn frame(u32 slot) const { return {frames_[slot]}; }
    u32 height(u32 slot) const { return heights_[slot]; }
    u32 used(u32 slot) const { return used_[slot]; }  // entries that are not 0
    u32 tables() const { return static_cast<u32>(frames_.size() - free_.size()); }
    u32 slots() const { return static_cast<u32>(frames_.size()); }
    PageEntry read(u32 slot, u32 index, u32 entry_bytes) const {
        if (entry_bytes == 8) return {words_[std::size_t{slot} * kWords + index]};
        return {words_[std::size_t{slot} * kWords + index / 2] >> (index % 2 * 32) & 0xffffffffU};
    }
    void write(u32 slot, u32 index, u32 entry_bytes, PageEntry entry);

    // For history and digests: the contents by themselves, and the rest.
    std::vector<u64>& words() { return words_; }
    const std::vector<u64>& words() const { return words_; }
    TableStore without_words() const;
    const std::vector<u32>& frames() const { return frames_; }  // by slot; kNoPfn.value: free
    u64 bytes() const;

private:
    static constexpr u32 kWords = kPageSize / 8;

    std::vector<u64> words_;
    std::vector<u32> frames_;
    std::vector<u8> heights_;
    std::vector<u16> used_;
    std::vector<u32> free_;  // slots, the next one last
};

}  // namespace mmscope
