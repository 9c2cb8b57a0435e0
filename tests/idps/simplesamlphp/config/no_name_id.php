<?php
// AD FS names the subject only where a rule tells it to; SimpleSAMLphp always does. This one leaves no trace.
final class NoNameId extends \SAML2\XML\saml\NameID
{
    public function toXML(DOMElement $parent = null): DOMElement
    {
        return $parent;
    }
}
