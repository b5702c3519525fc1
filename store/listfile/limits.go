package listfile

// Limits bound what a file may cost. Zero fields take the defaults.
type Limits struct {
	// LineBytes is the longest line; longer ones are reported and left out.
	// Default 65536: a hundred times the longest real one.
	LineBytes int `yaml:"line_bytes"`
	// FileBytes is the most that one file may hold once it is unpacked.
	// Default 17179869184 (16 GiB): 300 million lines of a blacklist.
	FileBytes int64 `yaml:"file_bytes"`
	// Ratio is how many times its packed size a file may unpack to. Default
	// 200; real lists reach 30. It counts from the first 64 MiB on, so a
	// small list of one repeated line passes.
	Ratio int64 `yaml:"ratio"`
}

// DefaultLimits returns the defaults that stand at each field.
func DefaultLimits() Limits { return Limits{}.withDefaults() }

func (l Limits) withDefaults() Limits {
	if l.LineBytes <= 0 {
		l.LineBytes = 64 << 10
	}
	if l.FileBytes <= 0 {
		l.FileBytes = 16 << 30
	}
	if l.Ratio <= 0 {
		l.Ratio = 200
	}
	return l
}
