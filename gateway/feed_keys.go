package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"paperweight/gateway/hsm"
	"paperweight/store/feed/publish"
	"paperweight/store/feed/trust"
)

const keysHelp = `A --key is a file with a private key in PEM (PKCS #8), or a key in an HSM by its
URI (RFC 7512):

  pkcs11:token=TOKEN;object=LABEL?module-path=/MODULE.so&pin-source=file:/PIN

Those of a laboratory (DIR/keys) are used without being named. Where a signature
is missing, what was prepared is kept: sign, then publish without --from.`

type signers = []crypto.Signer

// withKeys opens the keys of a laboratory and those named, files and URIs, for
// as long as do needs them.
func withKeys(dir string, names []string, do func(signers) error) (err error) {
	keys, err := trust.LabKeys(dir)
	if err != nil {
		return err
	}
	var tokens hsm.Tokens
	defer func() { err = errors.Join(err, tokens.Close()) }()
	for _, name := range names {
		key, err := openKey(&tokens, name)
		if err != nil {
			return err
		}
		keys = append(keys, key)
	}
	return do(keys)
}

// openKey opens a private key by its file or URI. One in an HSM is good until
// the tokens are closed.
func openKey(tokens *hsm.Tokens, name string) (crypto.Signer, error) {
	if !hsm.IsURI(name) {
		return trust.ReadKey(name)
	}
	key, err := tokens.Key(name)
	if err != nil {
		return nil, err
	}
	if _, err := trust.KeyID(key.Public()); err != nil {
		return nil, fmt.Errorf("the key in the HSM can't be used: %w", err)
	}
	return key, nil
}

// publicKey is what `feed key` says of a key.
type publicKey struct {
	Key  string `json:"key"`
	ID   string `json:"id"`
	Type string `json:"type"`
	PEM  string `json:"pem"`
}

func newFeedKey() *cobra.Command {
	var asPEM, asJSON bool
	cmd := &cobra.Command{
		Use:   "key KEY...",
		Short: "Say which keys these are, or print their public halves",
		Long: `Say which keys these are: the ID that the feed's metadata has for each, as it is
read aloud when the first root is made, and as rotate --out takes it. A KEY is a
file in PEM, private or public, or the URI of a private key in an HSM:

  pkcs11:token=TOKEN;object=LABEL?module-path=/MODULE.so&pin-source=file:/PIN

The module's own tools make a key there (pkcs11-tool --keypairgen); Ed25519,
ECDSA on P-256 and RSA of 2048 bits or more will do. With --pem the public half
is printed, as DIR/ceremony and rotate --in want it.`,
		Example: `  paperweight feed key root-1.pem authority/ceremony/*.pub
  paperweight feed key --pem 'pkcs11:token=feed;object=deltas-1?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/pin' > authority/ceremony/deltas-1.pub`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if asPEM && asJSON {
				return &usageError{errors.New("--pem and --json exclude each other: JSON has the PEM in it")}
			}
			all := make([]publicKey, len(args))
			for i, name := range args {
				k, err := lookAt(name)
				if err != nil {
					return err
				}
				all[i] = k
			}
			return printKeys(cmd.OutOrStdout(), all, asPEM, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asPEM, "pem", false, "print the public halves in PEM")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// lookAt reads a key: a public one in a file, or the public half of another.
func lookAt(name string) (k publicKey, err error) {
	public, id, notPublic := publish.ReadPublicKey(name)
	if notPublic != nil {
		var tokens hsm.Tokens
		defer func() { err = errors.Join(err, tokens.Close()) }()
		private, err := openKey(&tokens, name)
		switch {
		case err == nil:
		case errors.Is(err, fs.ErrNotExist), hsm.IsURI(name):
			return k, err
		default:
			return k, fmt.Errorf("%s is no key: %w; %w", name, notPublic, err)
		}
		public = private.Public()
		if id, err = trust.KeyID(public); err != nil {
			return k, err
		}
	}
	// What follows in a URI may be a PIN.
	if hsm.IsURI(name) {
		name, _, _ = strings.Cut(name, "?")
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	return publicKey{name, id, typeOf(public), string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}, err
}

func typeOf(public crypto.PublicKey) string {
	switch k := public.(type) {
	case ed25519.PublicKey:
		return "Ed25519"
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Curve.Params().Name
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	}
	return fmt.Sprintf("%T", public)
}

func printKeys(w io.Writer, all []publicKey, asPEM, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(all)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, k := range all {
		if asPEM {
			fmt.Fprint(w, k.PEM)
		} else {
			fmt.Fprintf(table, "%s\t%s\t%s\n", k.ID, k.Type, k.Key)
		}
	}
	return table.Flush()
}
