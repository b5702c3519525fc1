package config

import (
	"reflect"
	"strings"
)

// Differ names the keys, two levels deep, whose values differ; a list counts as
// one.
func Differ(a, b Config) []string {
	var keys []string
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range x.NumField() {
		section := key(x.Type().Field(i))
		if x.Field(i).Kind() == reflect.Slice {
			if !same(x.Field(i), y.Field(i)) {
				keys = append(keys, section)
			}
			continue
		}
		for j := range x.Field(i).NumField() {
			if !same(x.Field(i).Field(j), y.Field(i).Field(j)) {
				keys = append(keys, section+"."+key(x.Field(i).Type().Field(j)))
			}
		}
	}
	return keys
}

// same compares as a file does, which can't tell a list without entries from none.
func same(x, y reflect.Value) bool {
	if x.Kind() == reflect.Slice && x.Len() == 0 && y.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(x.Interface(), y.Interface())
}

// key is the name of a field in the file; of an inlined one its own.
func key(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if name == "" {
		return f.Name
	}
	return name
}
