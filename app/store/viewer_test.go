package store_test

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"entgo.io/ent/privacy"

	"github.com/truecount/truecount/app/store/storetest"
)

// Every way to every table is refused when nobody is asking: reading, counting, making, changing and deleting, one
// and many. The tables and the ways are found by reflection, so that a new one is held too. // S9
func TestNothingWithoutAViewer(t *testing.T) {
	t.Parallel()
	s := storetest.New(t)
	ctx := t.Context()
	tables, ways := 0, 0
	for name, db := range map[string]any{"Client": s.Client, "Read": s.Read} {
		v := reflect.ValueOf(db).Elem()
		for i := range v.NumField() {
			table := v.Type().Field(i)
			if !table.IsExported() || !v.Field(i).MethodByName("Query").IsValid() {
				continue
			}
			tables++
			c := v.Field(i)
			builders := []string{"Query", "Create", "Update", "Delete"}
			for _, b := range builders {
				ways += denied(t, ctx, name+"."+table.Name+"."+b+"()", c.MethodByName(b).Call(nil)[0])
			}
			for _, b := range []string{"UpdateOneID", "DeleteOneID"} {
				m := c.MethodByName(b)
				ways += denied(t, ctx, name+"."+table.Name+"."+b+"(…)", m.Call([]reflect.Value{reflect.Zero(m.Type().In(0))})[0])
			}
			bulk := c.MethodByName("CreateBulk")
			ways += denied(
				t,
				ctx,
				name+"."+table.Name+".CreateBulk(…)",
				bulk.Call([]reflect.Value{c.MethodByName("Create").Call(nil)[0]})[0],
			)
			if err := called(ctx, c.MethodByName("Get")); !errors.Is(err, privacy.Deny) {
				t.Errorf("%s.%s.Get: got %v, want it denied", name, table.Name, err)
			}
			ways++
		}
	}
	if tables < 40 || ways < 400 {
		t.Errorf("got %d tables and %d ways, want all there are", tables, ways)
	}
}

// denied calls every method of a builder that takes a context alone and gives an error.
func denied(t *testing.T, ctx context.Context, what string, b reflect.Value) (n int) {
	t.Helper()
	for i := range b.NumMethod() {
		m, method := b.Method(i), b.Type().Method(i)
		typ := m.Type()
		if typ.NumIn() != 1 || typ.NumOut() == 0 || typ.In(0) != reflect.TypeFor[context.Context]() ||
			typ.Out(typ.NumOut()-1) != reflect.TypeFor[error]() ||
			strings.HasSuffix(method.Name, "X") {
			continue
		}
		n++
		if err := called(ctx, m); !errors.Is(err, privacy.Deny) {
			t.Errorf("%s.%s: got %v, want it denied", what, method.Name, err)
		}
	}
	if n == 0 {
		t.Errorf("%s: got nothing to call", what)
	}
	return n
}

func called(ctx context.Context, m reflect.Value) error {
	in := []reflect.Value{reflect.ValueOf(ctx)}
	for i := 1; i < m.Type().NumIn(); i++ {
		in = append(in, reflect.Zero(m.Type().In(i)))
	}
	out := m.Call(in)
	err, _ := out[len(out)-1].Interface().(error)
	return err
}
