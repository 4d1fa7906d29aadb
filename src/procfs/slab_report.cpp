#include "procfs/slab_report.h"

#include <algorithm>
#include <iterator>

#include "procfs/columns.h"

namespace mmscope {
namespace {

constexpr std::string_view kZones[] = {"Left Redzone", "Right Redzone",     "kmalloc Redzone", "Poison",
                                       "End Poison",   "Alignment padding", "Object padding",  "slab padding"};
constexpr std::string_view kLabels[] = {"Bytes b4 ", "Redzone  ", "Object   ", "Padding  "};
constexpr u32 kRow = 16;  // bytes
constexpr u32 kBadPage = 1U << 5;  // of the taints

class Printer {
public:
    explicit Printer(const SlabReport& report) : report_(report) {}
    std::string print();

private:
    void text(std::string_view words) { out_ += words; }
    void number(u64 value) { append_number(&out_, value); }
    void hex(u64 value, u32 digits);
    void pointer(u64 value) { text("0x"), hex(value, report_.pointer_digits); }
    void byte(u8 value) { text("0x"), hex(value, value < 16 ? 1 : 2); }
    void range(u64 from, u64 to) { pointer(from), text("-"), pointer(to - 1); }
    std::string_view zone(const SlabReport::Overwrite& one) const { return kZones[static_cast<u32>(one.zone)]; }

    void head(std::string_view reason);
    std::string warning_message() const;
    void freed(std::string_view what);
    WarningPlace place() const;
    void warn(u32 taints);
    void warning();
    void taint();
    void overwritten(const SlabReport::Overwrite& one);
    void restored(const SlabReport::Overwrite& one);
    void track(std::string_view what, const std::optional<SlabReport::Track>& track);
    void tracks(const SlabReport::Object& object);
    void slab();
    void object();
    void section(const SlabReport::Section& section, std::string_view label);
    void stack();
    void repair();
    void overwrites();
    void slab_padding();
    void remaining();
    void invalid();

    const SlabReport& report_;
    std::string out_;
};

void Printer::hex(u64 value, u32 digits) {
    for (u32 at = digits; at-- != 0;) out_ += "0123456789abcdef"[value >> (4 * at) & 15];
}

void Printer::head(std::string_view reason) {
    out_ += std::string(77, '=') + "\nBUG " + report_.cache;
    out_ += " (" + print_tainted(report_.taints, report_.version) + "): ";
    text(reason);
    out_ += '\n' + std::string(77, '-') + "\n\n";
}

std::string Printer::warning_message() const {
    Printer words(report_);
    const bool is_old = report_.version < 0x0700;
    switch (report_.kind) {
        case SlabReport::Kind::wrong_cache:
            if (is_old)
                return "cache_from_obj: Wrong slab cache. " + report_.cache + " but object is from " +
                       report_.other_cache + "\n";
            words.freed("object belongs to different cache " + report_.other_cache);
            break;
        case SlabReport::Kind::still_has_objects:
            return "kmem_cache_destroy " + report_.cache + ": Slab cache still has objects when called from " +
                   report_.called_from + "\n";
        case SlabReport::Kind::not_in_a_slab:
            if (report_.cache.empty()) break;  // WARN_ON_ONCE()
            if (is_old) return "virt_to_cache: Object is not a Slab page!\n";
            words.freed("object is not in a slab page");
            break;
        case SlabReport::Kind::vfree_bad_address:
        case SlabReport::Kind::vfree_nonexistent:
            words.out_ = report_.kind == SlabReport::Kind::vfree_bad_address
                             ? "Trying to vfree() bad address ("
                             : "Trying to vfree() nonexistent vm area (";
            words.hex(report_.pointer, report_.pointer_digits);
            words.text(")\n");
            break;
        default:
            break;
    }
    return std::move(words.out_);
}

// warn_free_bad_obj().
void Printer::freed(std::string_view what) {
    out_ += "kmem_cache_free(" + report_.cache + ", ";
    hex(report_.pointer, report_.pointer_digits);
    text("): ");
    text(what);
    text("\n");
}

// Where the kernel's source has the WARN.
WarningPlace Printer::place() const {
    const u16 version = report_.version;
    const bool is_in_slub = version >= 0x0608;
    switch (report_.kind) {
        case SlabReport::Kind::still_has_objects:
            return {"mm/slab_common.c", "kmem_cache_destroy"};
        case SlabReport::Kind::wrong_cache:
        case SlabReport::Kind::not_in_a_slab:
            if (report_.cache.empty()) return {is_in_slub ? "mm/slub.c" : "mm/slab_common.c", "free_large_kmalloc"};
            if (version >= 0x0700) return {"mm/slub.c", "warn_free_bad_obj"};
            return {is_in_slub ? "mm/slub.c" : "mm/slab.h", "kmem_cache_free"};  // cache_from_obj() is inline
        case SlabReport::Kind::vfree_bad_address:
            return {"mm/vmalloc.c", version < 0x0603 ? "__vunmap" : "remove_vm_area"};
        case SlabReport::Kind::vfree_nonexistent:
            return {"mm/vmalloc.c", version < 0x0603 ? "__vunmap" : "vfree"};
        case SlabReport::Kind::order_too_large:
            return {"mm/page_alloc.c", version < 0x060a   ? "__alloc_pages"
                                       : version < 0x060e ? "__alloc_pages_noprof"
                                                          : "__alloc_frozen_pages_noprof"};
        case SlabReport::Kind::invalid_pointer:
        case SlabReport::Kind::slab_padding:
        case SlabReport::Kind::objects_remaining:
            return {"mm/slub.c", "__slab_err"};
        default:
            return {"mm/slub.c", "object_err"};
    }
}

void Printer::warn(u32 taints) {
    const std::string message = report_.kind >= SlabReport::Kind::still_has_objects ? warning_message() : "";
    if (!report_.caller) {
        out_ += message;
        return;
    }
    ReportCaller caller = *report_.caller;
    set_taints(&caller, taints, report_.version);
    print_kernel_warning(message, place(), caller, report_.version, &out_);
}

void Printer::warning() {
    if (report_.kind == SlabReport::Kind::not_of_kmalloc) {  // dump_page(), no WARN
        stack();
        text("page dumped because: Not a kmalloc allocation\n");
        return;
    }
    if (!report_.is_silent) warn(report_.taints);
    const bool is_large = report_.kind == SlabReport::Kind::not_in_a_slab && report_.cache.empty();
    if (is_large && !report_.is_silent && report_.version < 0x0700) {
        text("object pointer: ");
        pointer(report_.pointer);
        text("\n");
    }
    if (!report_.objects.empty()) tracks(report_.objects.front());
}

void Printer::overwritten(const SlabReport::Overwrite& one) {
    if (report_.warns)
        out_ += "[" + std::string(zone(one)) + " overwritten] ";
    else
        head(std::string(zone(one)) + " overwritten");
    range(one.from, one.to);
    text(" @offset=");
    number(one.from - report_.address);
    text(". First byte ");
    byte(one.found);
    text(" instead of ");
    byte(one.expected);
    text("\n");
}

void Printer::restored(const SlabReport::Overwrite& one) {
    out_ += "FIX " + report_.cache + ": Restoring ";
    text(zone(one));
    text(" ");
    range(one.from, one.to);
    text("=");
    byte(one.expected);
    text("\n");
}

void Printer::track(std::string_view what, const std::optional<SlabReport::Track>& track) {
    if (!track) return;
    text(what);
    out_ += " in " + track->caller + " age=";
    number(track->age);
    text(" cpu=");
    number(track->cpu);
    text(" pid=");
    number(track->pid);
    text("\n");
}

void Printer::tracks(const SlabReport::Object& object) {
    track("Allocated", object.allocated);
    track("Freed", object.freed);
}

void Printer::slab() {
    text("Slab ");
    pointer(report_.page);
    text(" objects=");
    number(report_.slab_objects);
    text(" used=");
    number(report_.used);
    text(" fp=");
    pointer(report_.freelist);
    out_ += " flags=" + report_.flags + "\n";
}

// print_trailer().
void Printer::object() {
    const SlabReport::Object& object = report_.objects.front();
    tracks(object);
    slab();
    text("Object ");
    pointer(object.address);
    text(" @offset=");
    number(object.address - report_.address);
    text(" fp=");
    pointer(object.free_pointer);
    text("\n\n");
    for (const SlabReport::Section& one : report_.sections) section(one, kLabels[static_cast<u32>(one.kind)]);
    taint();
}

// print_hex_dump(): sixteen bytes a row, then the same as characters, in a column of their own.
void Printer::section(const SlabReport::Section& section, std::string_view label) {
    for (std::size_t at = 0; at < section.bytes.size(); at += kRow) {
        const std::size_t count = std::min<std::size_t>(kRow, section.bytes.size() - at);
        text(label);
        hex(section.address + at, report_.pointer_digits);
        text(":");
        for (std::size_t place = 0; place < count; ++place) {
            text(" ");
            hex(section.bytes[at + place], 2);
        }
        out_.append(3 * (kRow - count) + 2, ' ');
        for (std::size_t place = 0; place < count; ++place) {
            const u8 byte = section.bytes[at + place];
            out_ += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '.';
        }
        text("\n");
    }
}

void Printer::stack() {
    if (!report_.caller) return;
    ReportCaller caller = *report_.caller;
    set_taints(&caller, report_.taints, report_.version);
    print_report_caller(caller, &out_);
}

// add_taint(TAINT_BAD_PAGE) behind the stack, or before the WARN that has it.
void Printer::taint() {
    if (!report_.warns) stack();
    if (report_.caller && (report_.taints & kBadPage) == 0) text("Disabling lock debugging due to kernel taint\n");
    if (report_.warns) warn(report_.taints | kBadPage);
}

void Printer::repair() {
    if (report_.repair == SlabReport::Repair::none) return;
    out_ += "FIX " + report_.cache + ": ";
    if (report_.repair == SlabReport::Repair::all_used) return text("Marking all objects used\n");
    text("Object at ");
    pointer(report_.pointer);
    text(" not freed\n");
}

void Printer::overwrites() {
    const bool has_object = !report_.objects.empty();
    for (const SlabReport::Overwrite& one : report_.overwrites) {
        overwritten(one);
        const bool is_shown = report_.warns ? &one == &report_.overwrites.front() : !report_.is_shown_last;
        if (report_.warns && is_shown) head("Object corrupt");
        if (is_shown && has_object) object();
        restored(one);
    }
    if (report_.is_shown_last && has_object) object();
}

// slab_pad_check(). The slab before the bytes, or behind them (6.15).
void Printer::slab_padding() {
    const SlabReport::Overwrite& one = report_.overwrites.front();
    Printer reason(report_);
    reason.text("Padding overwritten. ");
    reason.range(one.from, one.to);
    reason.text(" @offset=");
    reason.number(one.from - report_.address);
    head(reason.out_);
    if (!report_.warns) slab(), taint();
    for (const SlabReport::Section& rest : report_.sections) section(rest, "Padding ");
    if (report_.warns) slab(), taint();
    restored(one);
}

// list_slab_objects(), likewise.
void Printer::remaining() {
    head(report_.warns ? "Objects remaining on __kmem_cache_shutdown()"
                       : "Objects remaining in " + report_.cache + " on __kmem_cache_shutdown()");
    if (!report_.warns) slab(), taint();
    for (const SlabReport::Object& object : report_.objects) {
        text("Object ");
        pointer(object.address);
        text(" @offset=");
        number(object.address - report_.address);
        text("\n");
        tracks(object);
    }
    if (report_.warns) slab(), taint();
}

void Printer::invalid() {
    Printer reason(report_);
    reason.text("Invalid object pointer ");
    reason.pointer(report_.pointer);
    head(reason.out_);
    slab();
    taint();
}

std::string Printer::print() {
    using Kind = SlabReport::Kind;
    switch (report_.kind) {
        case Kind::overwritten:
            overwrites();
            break;
        case Kind::already_free:
        case Kind::freepointer_corrupt:
            head(report_.kind == Kind::already_free ? "Object already free" : "Freepointer corrupt");
            object();
            break;
        case Kind::shown_again:
            object();
            break;
        case Kind::invalid_pointer:
            invalid();
            break;
        case Kind::slab_padding:
            slab_padding();
            break;
        case Kind::objects_remaining:
            remaining();
            break;
        case Kind::still_has_objects:
        case Kind::wrong_cache:
        case Kind::not_in_a_slab:
        case Kind::not_of_kmalloc:
        case Kind::vfree_bad_address:
        case Kind::vfree_nonexistent:
        case Kind::order_too_large:
            warning();
            break;
    }
    repair();
    return std::move(out_);
}

}  // namespace

// Bits from the top: node (10), zone (3), the CPU and process that touched it last (21, all of them: nobody); on 32
// bits only the zone (2).
std::string slab_page_flags(const SlabPageFlags& flags) {
    u64 value = 0;
    std::string names;
    if (flags.has_slab_flag) value |= 1U << 9, names += "slab|";
    if (flags.is_compound) value |= flags.has_slab_flag ? 1U << 16 : 1U << 6, names += "head|";
    if (flags.is_64bit) {
        value |= u64{flags.node} << 54 | u64{flags.zone} << 51 | u64{0x1fffff} << 30;
        names += "node=" + std::to_string(flags.node) + "|";
    } else {
        value |= u64{flags.zone} << 30;
    }
    names += "zone=" + std::to_string(flags.zone);
    if (flags.is_64bit) names += "|lastcpupid=0x1fffff";
    std::string digits;
    for (u64 rest = value; rest != 0; rest >>= 4) digits += "0123456789abcdef"[rest & 15];
    if (digits.empty()) digits = "0";
    std::reverse(digits.begin(), digits.end());
    return "0x" + digits + "(" + names + ")";
}

std::string print_slab_report(const SlabReport& report) { return Printer(report).print(); }

}  // namespace mmscope
